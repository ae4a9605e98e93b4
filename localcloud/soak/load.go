package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// kept is how many things of a kind there are at a time: what is made deletes what was made so many
// turns before.
const kept = 50

// job is one kind of load: turn n makes one thing, reads it, and deletes another.
type job struct {
	name  string
	every time.Duration
	turn  func(ctx context.Context, n int) error
}

// load runs all jobs until ctx ends. The first job that fails tells failed. ended waits for all of
// them.
func load(ctx context.Context, p *process, failed func(error)) (ended func(), err error) {
	var jobs []job
	for _, open := range []func(context.Context, *process) ([]job, error){documents, objects, users, accounts, messages} {
		more, err := open(ctx, p)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, more...)
	}
	var running sync.WaitGroup
	for _, j := range jobs {
		running.Go(func() {
			tick := time.NewTicker(j.every)
			defer tick.Stop()
			for n := 0; ; n++ {
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
				}
				if err := j.turn(ctx, n); err != nil && ctx.Err() == nil {
					failed(fmt.Errorf("%s, turn %d: %w", j.name, n, err))
					return
				}
				p.calls.Add(1)
			}
		})
	}
	return running.Wait, nil
}

func (p *process) grpc() []option.ClientOption {
	return []option.ClientOption{
		option.WithEndpoint(strings.TrimPrefix(p.GRPC, "http://")),
		option.WithAuthCredentialsJSON(option.ServiceAccount, p.ownerKey),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
	}
}

// http is a client that is the owner's, for the services of the identity port.
func (p *process) http(ctx context.Context) (option.ClientOption, error) {
	to, err := url.Parse(p.Identity)
	if err != nil {
		return nil, err
	}
	signed, err := google.JWTConfigFromJSON(p.ownerKey, "https://www.googleapis.com/auth/cloud-platform")
	if err != nil {
		return nil, err
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: local{to}})
	return option.WithHTTPClient(oauth2.NewClient(ctx, signed.TokenSource(ctx))), nil
}

// local sends every request to one address.
type local struct{ to *url.URL }

func (l local) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host, r.Host = l.to.Scheme, l.to.Host, l.to.Host
	return http.DefaultTransport.RoundTrip(r)
}
