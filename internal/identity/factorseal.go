package identity

// SealFor seals what is stored for a purpose, with the keys of the session cookies. It is for
// package secondfactor.
func (s *Sessions) SealFor(purpose, plain []byte) ([]byte, error) {
	return s.aead.Encrypt(plain, purpose)
}

// OpenFor opens what SealFor sealed for the same purpose.
func (s *Sessions) OpenFor(purpose, sealed []byte) ([]byte, error) {
	return s.aead.Decrypt(sealed, purpose)
}
