package api

import (
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"runtime/debug"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/go-json-experiment/json"

	"github.com/bulkhead-saas/bulkhead/internal/inspection/clienttoken"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/intake"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/records"
)

const (
	mostBody  = 32 << 20         // bytes of any request: what App Engine and Cloud Run let through
	mostJSON  = 512 << 10        // bytes of JSON: 64 KiB of text, however it is written
	readTime  = 30 * time.Second // for a request but a part, its body included
	partTime  = 2 * time.Minute  // for the body of a part
	serveTime = 3 * time.Minute  // for a part to be kept
)

// Config configures the API.
type Config struct {
	Verifier *clienttoken.Verifier
	Store    *records.Store
	Intake   *intake.Intake
	Limits   Limits
	Logger   *slog.Logger

	// Origins are those of the pages that may call with a client's token,
	// "https://app.example.com".
	Origins []string

	// IsAmbiguous reports whether a request could be read in two ways; nil: none can.
	IsAmbiguous func(*http.Request) bool
}

type api struct {
	Config
	counts *counts
	mux    *http.ServeMux
	huma   huma.API
}

// New returns the handler of everything that the service answers.
func New(cfg Config) (http.Handler, error) {
	counts, err := newCounts(cfg.Limits)
	if err != nil {
		return nil, err
	}
	a := &api{Config: cfg, counts: counts, mux: http.NewServeMux()}
	strict := huma.Format{
		Marshal:   func(w io.Writer, v any) error { return json.MarshalWrite(w, v) },
		Unmarshal: func(data []byte, v any) error { return json.Unmarshal(data, v) }, // takes no duplicate members
	}
	a.huma = humago.New(a.mux, huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Bulkhead inspection", Version: "1",
				Description: "Looks at files and texts, and says what they are. It takes tokens that were made for it, and its own keys.",
			},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"token": {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "A client's token, made for this service and one document."},
					"key":   {Type: "http", Scheme: "bearer", Description: "A key of one document, made by this service."},
				},
			},
		},
		OpenAPIPath:   "/openapi",
		Formats:       map[string]huma.Format{"application/json": strict, "json": strict},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{refused},
	})
	a.keys()
	a.generations()
	a.content()
	a.texts()
	a.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, "ok\n")
	})
	a.mux.HandleFunc("/", a.noRoute)
	return http.HandlerFunc(a.serve), nil
}

// serve is what every request goes through.
func (a *api) serve(w http.ResponseWriter, r *http.Request) {
	r, id := withRequestID(r)
	h := w.Header()
	h.Set("X-Request-Id", id)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			panic(p)
		default:
			a.Logger.Error("panic", "request", id, "panic", p, "stack", string(debug.Stack()))
			a.fail(w, r, http.ErrAbortHandler)
		}
	}()
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(readTime)) // a recorder of a test has none
	if a.preflight(w, r) {
		return
	}
	switch {
	case a.IsAmbiguous != nil && a.IsAmbiguous(r):
		h.Set("Connection", "close")
		a.fail(w, r, errGarbled)
		return
	case r.ContentLength > mostBody:
		a.fail(w, r, errTooLarge)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, mostBody)
	a.mux.ServeHTTP(w, r)
}

// noRoute answers what nothing else answers. An address that takes other methods says which.
func (a *api) noRoute(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, m := range []string{http.MethodDelete, http.MethodGet, http.MethodPost, http.MethodPut} {
		other := r.Clone(r.Context())
		other.Method = m
		if _, pattern := a.mux.Handler(other); pattern != "/" {
			allowed = append(allowed, m)
		}
	}
	if len(allowed) == 0 || slices.Contains(allowed, r.Method) {
		a.fail(w, r, errNoRoute)
		return
	}
	p := problem(http.StatusMethodNotAllowed, "method", "This address does not take this method.")
	p.Header = http.Header{"Allow": allowed}
	a.fail(w, r, p)
}

// access says which credentials an operation takes.
type access int

const (
	client      access = iota // a client's token
	clientOrKey               // or a key of the document
)

// describe completes the description of an operation.
func (a *api) describe(op huma.Operation, who access) huma.Operation {
	life := readTime
	if op.OperationID == sendContent {
		life = serveTime
	}
	op.Security = []map[string][]string{{"token": {}}}
	if who == clientOrKey {
		op.Security = append(op.Security, map[string][]string{"key": {}})
	}
	op.MaxBodyBytes = mostJSON
	op.BodyReadTimeout = readTime
	op.Middlewares = huma.Middlewares{a.enter(who == client, life)}
	schema := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	op.Responses = map[string]*huma.Response{"default": {
		Description: "The request was refused.",
		Content:     map[string]*huma.MediaType{problemType: {Schema: schema}},
	}}
	return op
}
