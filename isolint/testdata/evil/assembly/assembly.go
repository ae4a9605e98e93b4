package assembly // want "bypass: add_amd64.s is not written in Go"

// Nothing is here: it is in the other file.
func Nothing() {}
