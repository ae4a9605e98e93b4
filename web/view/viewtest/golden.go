package viewtest

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

// version stands in addresses of assets and changes with them; it is not the components' business.
var version = regexp.MustCompile(`/assets/[0-9a-f]{12}/`)

// The fragments that htmx puts into pages, and the sign-in page, are what other code relies on word
// by word.
func golden(t *testing.T, samples Samples) {
	for _, s := range samples("plain") {
		if !s.Fragment && !s.Golden {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			got := version.ReplaceAllString(Render(t, s.Component), "/assets/VERSION/")
			got = strings.ReplaceAll(got, "><", ">\n<") + "\n"
			path := filepath.Join("testdata", strings.ReplaceAll(s.Name, " ", "-")+".golden.html")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("-want +got; go test -update writes anew:\n%s", diff)
			}
		})
	}
}
