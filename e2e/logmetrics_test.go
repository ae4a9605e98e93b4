package e2e_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestLogMetrics: each metric that Cloud Logging is to count has a filter for a line that the
// program writes, as an error.
func TestLogMetrics(t *testing.T) {
	text, err := os.ReadFile("../deploy/log-metrics.yaml")
	if err != nil {
		t.Fatal(err)
	}
	filters := regexp.MustCompile(`(?m)^filter: severity>=ERROR AND jsonPayload\.msg="([^"]+)"$`).FindAllStringSubmatch(string(text), -1)
	if n := strings.Count(string(text), "\nname: "); n == 0 || len(filters) != n {
		t.Fatalf("%d metrics with %d filters", n, len(filters))
	}
	code := map[string]string{}
	for _, f := range sources(t) {
		if strings.HasSuffix(f, ".go") && !strings.HasSuffix(f, "_test.go") {
			b, err := os.ReadFile("../" + f)
			if err != nil {
				t.Fatal(err)
			}
			code[f] = string(b)
		}
	}
	for _, m := range filters {
		written := regexp.MustCompile(`\.Error(Context)?\((ctx, )?"` + regexp.QuoteMeta(m[1]) + `"`)
		found := false
		for _, c := range code {
			found = found || written.MatchString(c)
		}
		if !found {
			t.Errorf("no code writes %q as an error", m[1])
		}
	}
}
