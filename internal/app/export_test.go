package app

// SendOn is the handler before all others.
var SendOn = sendOn
