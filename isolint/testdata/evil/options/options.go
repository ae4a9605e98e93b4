package options

import (
	"google.golang.org/api/option"                    // want "credential: import of google.golang.org/api/option"
	gtransport "google.golang.org/api/transport/grpc" // want "credential: import of google.golang.org/api/transport/grpc"
	htransport "google.golang.org/api/transport/http" // want "credential: import of google.golang.org/api/transport/http"
)

var Option = option.WithAPIKey("k")

var (
	Dial   = gtransport.Dial      // want "client: grpc.Dial makes grpc.ClientConn"
	Client = htransport.NewClient // want "client: http.NewClient takes the options of a client"
)
