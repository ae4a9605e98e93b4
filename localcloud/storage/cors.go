package storage

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/store"
)

// applyCORS sets the headers that let a page of another origin use the answer, if the bucket's
// configuration lets it. It sets nothing otherwise, and the browser then withholds the answer.
// Neither a missing bucket nor one without a configuration can be told from one that does not list
// the origin.
func (s *Service) applyCORS(c *call) {
	origin := c.r.Header.Get("Origin")
	if origin == "" {
		return
	}
	vars, ok, err := matchPath(pXML, c.path)
	if err != nil || !ok {
		return
	}
	b, err := s.store.Bucket(vars["bucket"])
	if err != nil {
		return
	}
	h := c.w.Header()
	h.Add("Vary", "Origin")
	if c.r.Method == http.MethodOptions {
		allowPreflight(h, b.Settings.CORS, origin, c.r.Header)
		return
	}
	if rule := corsRule(b.Settings.CORS, origin, c.r.Method, nil); rule != nil {
		h.Set("Access-Control-Allow-Origin", allowedOrigin(rule, origin))
		if len(rule.ResponseHeader) > 0 {
			h.Set("Access-Control-Expose-Headers", strings.Join(rule.ResponseHeader, ", "))
		}
	}
}

// allowPreflight answers the browser's question whether it may send a request of that method with
// those headers.
func allowPreflight(h http.Header, rules []store.CORS, origin string, asked http.Header) {
	var headers []string
	for name := range strings.SplitSeq(asked.Get("Access-Control-Request-Headers"), ",") {
		if name = strings.TrimSpace(name); name != "" {
			headers = append(headers, name)
		}
	}
	rule := corsRule(rules, origin, asked.Get("Access-Control-Request-Method"), headers)
	if rule == nil {
		return
	}
	h.Set("Access-Control-Allow-Origin", allowedOrigin(rule, origin))
	h.Set("Access-Control-Allow-Methods", strings.Join(rule.Method, ","))
	if len(rule.ResponseHeader) > 0 {
		h.Set("Access-Control-Allow-Headers", strings.Join(rule.ResponseHeader, ","))
	}
	h.Set("Access-Control-Max-Age", strconv.FormatInt(rule.MaxAgeSeconds, 10))
}

// corsRule returns the first rule for that origin and method which also lists every one of the
// headers.
func corsRule(rules []store.CORS, origin, method string, headers []string) *store.CORS {
	for i, rule := range rules {
		listed := func(name string) bool {
			return slices.ContainsFunc(rule.ResponseHeader, func(h string) bool { return strings.EqualFold(h, name) })
		}
		if (slices.Contains(rule.Origin, origin) || slices.Contains(rule.Origin, "*")) &&
			(slices.Contains(rule.Method, method) || slices.Contains(rule.Method, "*")) &&
			!slices.ContainsFunc(headers, func(name string) bool { return !listed(name) }) {
			return &rules[i]
		}
	}
	return nil
}

func allowedOrigin(rule *store.CORS, origin string) string {
	if slices.Contains(rule.Origin, "*") {
		return "*"
	}
	return origin
}
