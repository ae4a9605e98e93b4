package outbound

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
)

const maxURL = 2048 // bytes

const portSentence = "The address has a port; only https on its own port, 443, is called."

// ValidateURL returns an *Error if a tenant may not set raw as an address to be called. It uses no
// network: a name that leads to a private network is found when it is called.
func (c *Client) ValidateURL(raw string) error {
	u, err := parse(raw)
	if err != nil {
		return err
	}
	if fault := c.validate(u); fault != nil {
		return fault
	}
	return nil
}

func parse(raw string) (*url.URL, error) {
	malformed := refuse(KindAddress, "The address is not a URL; write it as https://host/path.")
	switch {
	case raw == "":
		return nil, refuse(KindAddress, "The address is empty; write it as https://host/path.")
	case len(raw) > maxURL:
		return nil, refuse(KindAddress, "The address is longer than 2048 bytes; shorten it.")
	case strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '\\' }):
		return nil, refuse(KindAddress, "The address holds a space, a backslash or a letter that is "+
			"not ASCII; write it as https://host/path.")
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Opaque != "":
		return nil, malformed
	case u.Fragment != "" || strings.Contains(raw, "#"):
		return nil, refuse(KindAddress, "The address has a part after #; leave it out.")
	}
	return u, nil
}

func (c *Client) validate(u *url.URL) *Error {
	if u.User != nil {
		return refuse(KindUserInfo, "The address carries a user name; leave out what stands before @.")
	}
	if c.isException(u) {
		return nil
	}
	switch {
	case u.Scheme != "https":
		return refuse(KindScheme, "The address does not begin with https://; only https is called.")
	case u.Host == "" || u.Hostname() == "":
		return refuse(KindAddress, "The address names no host; write it as https://host/path.")
	case u.Port() != "" && u.Port() != "443" || strings.HasSuffix(u.Host, ":"):
		return refuse(KindPort, portSentence)
	}
	return validateHost(strings.ToLower(u.Hostname()))
}

var hostForm = regexp.MustCompile(`^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// inner are the ends of names that no public resolver answers: RFC 6761, RFC 6762, RFC 7686,
// RFC 8375, and the one that ICANN reserved for private use. Cloud metadata lives there too.
var inner = []string{
	".localhost", ".local", ".internal", ".test", ".invalid", ".example", ".onion", ".arpa",
	".lan", ".home", ".corp", ".intranet", ".localdomain", ".alt",
}

// validateHost refuses an IP address in every notation. No provider is reached by one, and some
// resolvers read "0x7f.1" as an address too: a last label that begins with a digit is never a name
// (WHATWG URL, "ends in a number").
func validateHost(host string) *Error {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if _, err := netip.ParseAddr(host); err == nil || last != "" && last[0] >= '0' && last[0] <= '9' {
		return refuse(KindHost, "The host of the address is a number; write its name.")
	}
	if len(host) > 253 || !hostForm.MatchString(host) {
		return refuse(KindHost, "The host of the address is not a full domain name; "+
			"write one such as login.example.com.")
	}
	for _, end := range inner {
		if strings.HasSuffix(host, end) {
			return refuse(KindHost, "The host of the address is a name for private networks; "+
				"use one that the public internet can reach.")
		}
	}
	return nil
}

// isException reports whether the URL's origin is one of the exceptions, to the letter.
func (c *Client) isException(u *url.URL) bool {
	return c.exceptions[origin(u)]
}

func origin(u *url.URL) string {
	port := u.Port()
	switch {
	case port != "":
	case strings.HasSuffix(u.Host, ":"):
		return ""
	case u.Scheme == "https":
		port = "443"
	case u.Scheme == "http":
		port = "80"
	}
	return u.Scheme + "://" + net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}

// parseException returns the origin that raw is. It takes scheme://host:port and nothing more.
func parseException(raw string) (string, bool) {
	u, err := parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Port() == "" || u.Hostname() == "" {
		return "", false
	}
	o := origin(u)
	return o, o == raw
}
