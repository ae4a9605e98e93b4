package guard

import (
	"net/url"
	"strings"
)

// allowedParams are the query parameters that the official client sends with object methods. Those
// that are missing name another account or project (userProject, key, access_token), a key
// (kmsKeyName), or an access list (predefinedAcl), or do what a listed one does under another name
// (upload_protocol).
var allowedParams = [...]string{
	"alt", "contentEncoding", "delimiter", "endOffset", "fields", "filter", "generation", "ifGenerationMatch",
	"ifGenerationNotMatch", "ifMetagenerationMatch", "ifMetagenerationNotMatch", "ifSourceGenerationMatch",
	"ifSourceGenerationNotMatch", "ifSourceMetagenerationMatch", "ifSourceMetagenerationNotMatch",
	"includeFoldersAsPrefixes", "includeTrailingDelimiter", "matchGlob", "maxBytesRewrittenPerCall", "maxResults", "name",
	"pageToken", "prefix", "prettyPrint", "projection", "rewriteToken", "softDeleted", "sourceGeneration", "startOffset",
	"uploadType", "upload_id", "versions",
}

// params is a query string, parsed: each parameter's value, still escaped, in the order of
// allowedParams.
type params struct {
	values [len(allowedParams)]string
	set    uint64
}

// parse reads a query string. A parameter that is not on the list is refused. So is one that is
// there twice: which of the two the cloud takes is not for us to guess.
func (p *params) parse(query string) error {
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		key, value, _ := strings.Cut(pair, "=")
		i := paramIndex(key)
		if i < 0 {
			return refuse(ErrRefused, "parameter %q is not on the list", key)
		}
		if _, err := url.QueryUnescape(value); err != nil || strings.Contains(value, ";") || p.set&(1<<i) != 0 {
			return refuse(ErrForeign, "parameter %s: %q", key, value)
		}
		p.values[i], p.set = value, p.set|1<<i
	}
	return nil
}

// paramIndex is where a parameter is on the list; -1: nowhere. Its name may be escaped.
func paramIndex(key string) int {
	if strings.ContainsAny(key, "%+") {
		key, _ = url.QueryUnescape(key) // what cannot be read is not on the list
	}
	for i := range allowedParams {
		if allowedParams[i] == key {
			return i
		}
	}
	return -1
}

func (p *params) has(key string) bool { return p.set&(1<<paramIndex(key)) != 0 }

// get returns the value of a parameter on the list; "" if it is not there.
func (p *params) get(key string) string {
	value, _ := url.QueryUnescape(p.values[paramIndex(key)]) // parse has tried it
	return value
}

// checkParams looks at the names in a query string: of what is listed, and of what is inserted.
// Where a bucket is shared, a list must say a prefix, and it must be the sender's.
func (g *Guard) checkParams(p *params, list bool) error {
	if !g.sharesBucket() {
		return nil
	}
	if name := p.get("name"); p.has("name") && !g.object(name) {
		return refuse(ErrForeign, "parameter name: %q", name)
	}
	if prefix := p.get("prefix"); list && !strings.HasPrefix(prefix, g.prefix) {
		return refuse(ErrForeign, "a list of %q", prefix)
	}
	return nil
}
