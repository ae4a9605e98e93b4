package signed

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	algorithm = "GOOG4-RSA-SHA256"
	// MaxExpires is the longest life of a signed URL.
	MaxExpires = 7 * 24 * time.Hour
	// MaxSkew is how far in the future X-Goog-Date may lie.
	MaxSkew = 15 * time.Minute

	timeForm = "20060102T150405Z"
)

// location is where a resource lies, for a signature's scope. Google takes any word here.
var location = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)

// claim is what a signature's parameters assert.
type claim struct {
	email     string
	scope     string // "20060102/auto/storage/goog4_request"
	date      string // X-Goog-Date as sent
	signed    time.Time
	expires   time.Time
	headers   string
	signature string
}

// parseClaim reads the signature's parameters and checks each one's form and that the scope is of
// the date.
func parseClaim(q query) (claim, *Error) {
	for _, name := range []string{pAlgorithm, pCredential, pDate, pExpires, pSignedHeaders, pSignature} {
		if q.values[name] == "" {
			return claim{}, malformed(name + " is missing")
		}
	}
	if q.values[pAlgorithm] != algorithm {
		return claim{}, malformed("X-Goog-Algorithm is not " + algorithm)
	}
	email, scope, _ := strings.Cut(q.values[pCredential], "/")
	part := strings.Split(scope, "/")
	if email == "" || len(part) != 4 || !location.MatchString(part[1]) || part[2] != "storage" || part[3] != "goog4_request" {
		return claim{}, malformed("X-Goog-Credential is not ACCOUNT/DATE/LOCATION/storage/goog4_request")
	}
	date := q.values[pDate]
	at, err := time.Parse(timeForm, date)
	if err != nil || at.Format(timeForm) != date {
		return claim{}, malformed("X-Goog-Date is not of the form YYYYMMDDThhmmssZ")
	}
	if part[0] != date[:8] {
		return claim{}, malformed("X-Goog-Credential and X-Goog-Date name different days")
	}
	expires, ok := parseExpires(q.values[pExpires])
	if !ok {
		return claim{}, malformed("X-Goog-Expires is not a number of seconds from 1 to 604800")
	}
	return claim{
		email:     email,
		scope:     scope,
		date:      date,
		signed:    at,
		expires:   at.Add(expires),
		headers:   q.values[pSignedHeaders],
		signature: q.values[pSignature],
	}, nil
}

func parseExpires(s string) (time.Duration, bool) {
	n, err := strconv.Atoi(s)
	if err != nil || strconv.Itoa(n) != s || n < 1 || n > int(MaxExpires/time.Second) {
		return 0, false
	}
	return time.Duration(n) * time.Second, true
}
