package tenancy

// Sizes returns how many keys, and how many absences, are remembered.
func (k *APIKeys) Sizes() (records, absent int) { return k.store.Len() }
