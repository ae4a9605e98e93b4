// Package tables looks things up in what is never written, and is filled before the first request.
package tables

import (
	"embed"
	"errors"
	"html/template"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
)

type refusal struct {
	status   int
	sentence string
}

var (
	texts    = map[string]string{"saved": "It is saved."}
	refusals = []struct {
		err error
		refusal
	}{
		{errGone, refusal{http.StatusGone, "It is gone."}},
	}
	tones    = [...]string{"calm", "loud"}
	errGone  = errors.New("tables: gone")
	local    = netip.MustParsePrefix("127.0.0.0/8")
	escape   = strings.NewReplacer("<", "&lt;")
	patience = 5 * time.Second
	page     = template.Must(template.New("page").Parse("{{.}}"))
	handlers = map[string]echo.HandlerFunc{"home": home}
	unknown  = &refusal{http.StatusInternalServerError, "Something went wrong."}
	icons    = func() map[string]string {
		m := map[string]string{}
		for _, name := range tones {
			m[name] = name + ".svg"
		}
		return m
	}()
	byLength map[int]string
	sorted   = sync.OnceValue(func() []string { return tones[:1] })
)

//go:embed tables.go
var files embed.FS

func init() {
	byLength = map[int]string{}
	for _, tone := range tones {
		byLength[len(tone)] = tone
	}
}

// Tone changes a copy of a row, and no row.
func Tone(err error) (int, string) {
	for _, r := range refusals {
		if errors.Is(err, r.err) {
			r.sentence = escape.Replace(r.sentence) + tones[0]
			return r.status, r.sentence
		}
	}
	answer := *unknown
	answer.sentence += icons["calm"] + byLength[4] + sorted()[0]
	return answer.status, answer.sentence
}

func home(c echo.Context) error {
	if !local.Contains(netip.MustParseAddr(c.RealIP())) {
		time.Sleep(patience)
	}
	_, _ = files.ReadDir(".")
	return page.Execute(c.Response(), texts[c.QueryParam("notice")])
}

// Serve finds the handler.
func Serve(c echo.Context) error { return handlers[c.Param("page")](c) }
