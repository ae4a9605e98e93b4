package operators

// SignIn is the operators' sign-in page.
type SignIn struct {
	Email  string // as typed
	Error  string // one sentence, or empty
	Notice string
}
