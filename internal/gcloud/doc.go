// Package gcloud is how Bulkhead reaches Google's services: where they are, the gRPC connections
// that all clients of one service share, and HTTP transports that add a credential to each request.
// It holds no credential of its own.
package gcloud
