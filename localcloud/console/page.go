package console

import (
	"bytes"
	"cmp"
	"errors"
	"html/template"
	"net/http"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// page is one page: where it is, what it is called, and what it shows.
type page struct {
	Path, Title string
	Menu        string // the path of the page in the menu that it belongs to; its own when it is one
	form        bool   // it takes a form of its own as well
	file        string
	show        func(*console, *http.Request) (sheet, error)
	template    *template.Template
}

// sheet is what one request's page shows.
type sheet struct {
	Title  string // empty: the page's
	Crumbs []link // the way down to here
	Data   any
	Status int    // 0: 200
	Next   string // where the browser is sent after a form; empty: it stays, and is shown Data
}

// link is a text that leads somewhere; to nowhere when URL is empty.
type link struct{ Text, URL string }

// pages is the console. Those of the menu stand in its order.
func pages() []*page {
	all := []*page{
		{Path: "/", Title: "Overview", file: "overview", show: (*console).overview},
		{Path: "/decisions", Title: "Decisions", file: "decisions", show: (*console).decisions},
		{Path: "/why", Title: "Why", file: "why", show: (*console).why},
		{Path: "/try", Title: "Try", file: "try", form: true, show: (*console).try},
		{Path: "/accounts", Title: "Accounts", file: "accounts", show: (*console).accounts},
		{Path: "/account", Menu: "/accounts", file: "account", show: (*console).account},
		{Path: "/policies", Title: "Policies", file: "policies", show: (*console).policies},
		{Path: "/roles", Title: "Roles", Menu: "/policies", file: "roles", show: (*console).roles},
		{Path: "/databases", Title: "Databases", file: "databases", show: (*console).databases},
		{Path: "/database", Menu: "/databases", file: "database", show: (*console).database},
		{Path: "/collection", Menu: "/databases", file: "collection", show: (*console).collection},
		{Path: "/document", Menu: "/databases", file: "document", show: (*console).document},
		{Path: "/buckets", Title: "Buckets", file: "buckets", show: (*console).buckets},
		{Path: "/bucket", Menu: "/buckets", file: "bucket", show: (*console).bucket},
		{Path: "/object", Menu: "/buckets", file: "object", show: (*console).object},
		{Path: "/topics", Title: "Topics", file: "topics", show: (*console).topics},
		{Path: "/jobs", Title: "Jobs", file: "jobs", show: (*console).jobs},
		{Path: "/mail", Title: "Mail", file: "mail", show: (*console).mail},
		{Path: "/letter", Menu: "/mail", file: "letter", show: (*console).letter},
		{Path: "/dns", Title: "DNS", file: "dns", form: true, show: (*console).dns},
	}
	for _, p := range all {
		if p.Menu == "" {
			p.Menu = p.Path
		}
		p.template = template.Must(template.New("layout.html").Funcs(functions).
			ParseFS(files, "pages/layout.html", "pages/parts.html", "pages/"+p.file+".html"))
	}
	return all
}

// view is what every template is given.
type view struct {
	sheet
	Project string
	Here    string // the path in the menu
	Menu    []*page
	Names   names // labels of accounts, databases and buckets
}

// errNothing is a page about something that is not there.
var errNothing = errors.New("console: there is no such thing")

func (c *console) serve(w http.ResponseWriter, r *http.Request, p *page) {
	s, err := p.show(c, r)
	if err == nil && s.Next != "" {
		http.Redirect(w, r, s.Next, http.StatusSeeOther)
		return
	}
	var body bytes.Buffer
	if err == nil {
		if s.Title == "" {
			s.Title = p.Title
		}
		err = p.template.Execute(&body, view{sheet: s, Project: c.Project, Here: p.Menu, Menu: c.pages, Names: c.names()})
	}
	switch code := status.Code(err); {
	case err == nil:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(cmp.Or(s.Status, http.StatusOK))
		_, _ = body.WriteTo(w) // a browser that went away is no concern of ours
	case errors.Is(err, errNothing), code == codes.NotFound, code == codes.InvalidArgument:
		http.Error(w, "There is nothing here. It may have been deleted.", http.StatusNotFound)
	default:
		c.Logger.ErrorContext(r.Context(), "local cloud: console", "page", p.Path, "err", err)
		http.Error(w, "The console could not show this page; the log says why.", http.StatusInternalServerError)
	}
}
