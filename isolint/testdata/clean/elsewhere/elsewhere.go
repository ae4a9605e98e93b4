// Package elsewhere talks to other hosts, and embeds what is no key.
package elsewhere

import (
	_ "embed"
	"net/http"
	"os"
	"strings"
	"sync"
)

//go:embed style.css
var style string

// Monitor is a Client of something else.
type Client struct{ http http.Client }

var clients sync.Map

// Get asks.
func Get(c *Client) (*http.Response, error) {
	clients.Store("last", &Client{})
	return c.http.Get("https://example.com/?home=" + os.Getenv("HOME") + strings.TrimSpace(style))
}

// New makes one, by a function that is called like a constructor.
func New() *Client { return new(Client) }
