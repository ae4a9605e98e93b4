package newcomer_test

import (
	"go/format"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// change puts text into a file that exists, behind the one place that matches. It keeps to what the
// file says today no more than it must, so that a renamed role does not break it.
type change struct {
	of    string // what one leaves out together
	file  string
	after string // a regular expression
	add   string
}

// changes are all that the feature "notes" changes in files that exist.
var changes = []change{
	{"wiring", "web/web.go", `"` + module + `/web/keys"`, "\n\t\"" + module + "/web/notes\""},
	{"wiring", "web/web.go", `(?m)^\tkeys +keys\.Feature$`, "\n\tnotes notes.Feature"},
	{"wiring", "web/web.go", `\[\]door\.Feature\{.*f\.keys,`, " f.notes,"},
	{"wiring", "web/web.go", `(?m)^\t\tkeys: +keys\.New\(.*$`, "\n\t\tnotes: notes.New(),"},

	{"wiring", "web/routes.go", `"` + module + `/web/keys"`, "\n\t\"" + module + "/web/notes\""},
	{"wiring", "web/routes.go", `(?m)^\t\tsessionEnd += tenant\.SessionEnd$`, `
		notesRead    = tenant.NotesRead
		notesWrite   = tenant.NotesWrite`},
	{"wiring", "web/routes.go", `(?m)^\tr\.Session\(.*f\.people\.ChangeRole, door\.Fresh\)$`, `
	r.Session(notesRead, get, "/t/:tenant/notes", f.notes.List, door.Nav(notes.Section()))
	r.Session(notesWrite, post, "/t/:tenant/notes", f.notes.Create)
	r.Session(notesWrite, post, "/t/:tenant/notes/:id/delete", f.notes.Delete)`},
	{"wiring", "web/routes.go", `(?m)^\tr\.API\(.*f\.files\.DeleteAPI\(\)\)$`, `
	r.API(notesRead, get, "/notes", f.notes.ListAPI())
	r.API(notesWrite, post, "/notes", f.notes.CreateAPI(), door.Created)
	r.API(notesWrite, remove, "/notes/{id}", f.notes.DeleteAPI())`},

	{"permission", permissions, `(?m)^\tSessionEnd +Permission = .*$`, `
	NotesRead Permission = "notes.read" // list notes
	NotesWrite Permission = "notes.write" // write and delete notes`},
	{"permission, listed", permissions, `(?m)^\t\tFilesRead, FilesWrite,.*SessionEnd`, `, NotesRead, NotesWrite`},
	{"permission of a role", permissions, `(?m)^\tViewer: +\{.*SessionEnd`, `, NotesRead`},
	{"permission of a role", permissions, `(?m)^\tEditor: +\{.*SessionEnd`, `, NotesRead, NotesWrite`},
	{"permission of a role", permissions, `(?m)^\tAdmin: +\{.*SessionEnd`, `, NotesRead, NotesWrite`},
	{"permission, decided", "internal/tenant/permission_test.go", `(?m)^session\.end .*$`, `
notes.read       -    yes    yes    yes   -
notes.write      -    -      yes    yes   -`},

	{"kind", "web/webtest/foreign.go", `"` + module + `/internal/tenant"`, "\n\t\"" + module + "/internal/notes\""},
	{"kind", "web/webtest/foreign.go", `(?m)^\t\t\{\[\]string\{"keys"\}.*$`,
		"\n\t\t{[]string{\"notes\"}, strings.Repeat(\"b\", 32), foreignNote},"},
	{"kind", "web/webtest/foreign.go", `(?m)^func foreignPerson\(.*$`, `

func foreignNote(t *testing.T, h *House) string {
	t.Helper()
	theirs, err := notes.NewRepository(h.Grant(t, h.Globex.Editor)).Create(t.Context(), "secret")
	if err != nil {
		t.Fatal(err)
	}
	return theirs.ID.String()
}`},

	{"request-scoped", "isolint.json", `"requestScoped": \[`, `
    {
      "path": "` + module + `/internal/notes"
    },`},
	{"request-scoped", "isolint.json", `"answers": \[`, `
    {
      "path": "` + module + `/internal/notes",
      "verbs": [],
      "reason": "a feature answers nobody: what its errors say is for logs"
    },`},

	{"job", "internal/kinds/kinds.go", `"` + module + `/internal/mail"`, "\n\t\"" + module + "/internal/notes\""},
	{"job", "internal/kinds/kinds.go", `(?m)^\t\tpeople\.FollowKind:.*$`, `
		notes.CreatedKind: {notes.CreatedPurpose(), notes.Created},`},

	{"layer", "e2e/layers_test.go", `"internal/users", "internal/uploads"`, `, "internal/notes"`},
}

const permissions = "internal/tenant/permission.go"

// most is how many files that exist a feature may touch.
const most = 8

// apply makes the changes to the files as this module has them, but for those whose of begins with
// one of without.
func (c copied) apply(t *testing.T, without ...string) (touched map[string]bool) {
	t.Helper()
	touched = map[string]bool{}
	content := map[string][]byte{}
	for _, ch := range changes {
		if content[ch.file] == nil {
			before, err := os.ReadFile(root + "/" + ch.file)
			if err != nil {
				t.Fatal(err)
			}
			content[ch.file] = before
		}
		if slices.ContainsFunc(without, func(w string) bool { return strings.HasPrefix(ch.of, w) }) {
			continue
		}
		touched[ch.file] = true
		at := regexp.MustCompile(ch.after).FindAllIndex(content[ch.file], -1)
		if len(at) != 1 {
			t.Fatalf("%s has %d places like %s: say in changes_test.go where the line goes now", ch.file, len(at), ch.after)
		}
		text := string(content[ch.file])
		content[ch.file] = []byte(text[:at[0][1]] + ch.add + text[at[0][1]:])
	}
	for file, text := range content {
		if filepath.Ext(file) == ".go" {
			formatted, err := format.Source(text)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			text = formatted
		}
		c.write(t, file, text)
	}
	return touched
}
