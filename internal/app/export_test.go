package app

import (
	"net/http"
	"time"
)

// SendOn is the handler before all others.
var SendOn = sendOn

// NewCore returns a server of h alone, whose requests have so long to finish.
func NewCore(h http.Handler, drain time.Duration) Server { return &core{handler: h, drain: drain} }
