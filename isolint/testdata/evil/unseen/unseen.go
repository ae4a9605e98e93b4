package unseen

// Nothing is here: it is in the other file.
func Nothing() {}
