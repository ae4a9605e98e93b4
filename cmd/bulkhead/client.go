package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"
)

// client calls the API, for whoever the token is.
type client struct{ app, tenant, token string }

// flags are those that say whom to call.
func (c *client) flags(command *cobra.Command) {
	command.Flags().StringVar(&c.app, "app", "http://localhost:8080", "where Bulkhead is: https, or http on this machine")
	command.Flags().StringVar(&c.tenant, "tenant", "", "the workspace")
	choices(command, "app")
	choices(command, "tenant")
}

// check returns an error if c cannot call for an admin.
func (c *client) check() error {
	if err := c.checkTarget(); err != nil {
		return err
	}
	if c.token == "" {
		return errors.New("BULKHEAD_TOKEN is not set: it holds the ID token of an admin of the workspace")
	}
	return nil
}

// checkTarget returns an error if nobody is named to call, or what is sent would be read on its
// way.
func (c *client) checkTarget() error {
	if c.tenant == "" {
		return errors.New("no workspace is named: --tenant")
	}
	u, err := url.Parse(c.app)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("--app is no address such as https://app.example.com")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !isLocal(u.Hostname())) {
		return fmt.Errorf("nothing is sent to %s: without https, others can read the credential on its way", u.Redacted())
	}
	c.app = strings.TrimSuffix(c.app, "/")
	return nil
}

func isLocal(host string) bool {
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || net.ParseIP(host).IsLoopback()
}

// maxAnswer is the longest answer that is read, in bytes.
const maxAnswer = 1 << 20

// problem is a refusal, as people read it.
type problem struct {
	status int
	text   string
}

func (p *problem) Error() string { return p.text }

// call calls the API. Its error is a sentence for people and does not hold the token: a *problem if
// Bulkhead has answered.
func (c *client) call(ctx context.Context, method, path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, c.app+path, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("ask Bulkhead: %w", err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("X-TenantId", c.tenant)
	once := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := once.Do(r)
	if err != nil {
		return nil, fmt.Errorf("ask Bulkhead: %w", err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("the answer was cut short: %w", err)
	}
	if answer.StatusCode/100 == 2 {
		return body, nil
	}
	var p struct {
		Detail    string `json:"detail"`
		RequestID string `json:"requestId"`
	}
	text := fmt.Sprintf("the answer is %d, and no problem that Bulkhead describes", answer.StatusCode)
	if json.Unmarshal(body, &p) == nil && p.Detail != "" {
		text = fmt.Sprintf("%s (%d, request %s)", printable(p.Detail), answer.StatusCode, printable(p.RequestID))
	}
	return nil, &problem{answer.StatusCode, strings.ReplaceAll(text, c.token, "…")}
}
