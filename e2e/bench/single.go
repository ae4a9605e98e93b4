package main

import (
	"compress/gzip"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"cloud.google.com/go/firestore"
	firebase "firebase.google.com/go/v4"
	"firebase.google.com/go/v4/auth"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/go-json-experiment/json"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/people"
)

// person is a person as stored, as internal/users stores one.
type person struct {
	Email   string    `firestore:"email"`
	Name    string    `firestore:"name"`
	Order   string    `firestore:"order"`
	Role    string    `firestore:"role"`
	Status  string    `firestore:"status"`
	Created time.Time `firestore:"created"`
	Updated time.Time `firestore:"updated"`
}

type personInput struct {
	ID string `path:"id"`
}

type personOutput struct{ Body people.User }

// verify says who is calling, or that nobody is.
type verify func(ctx context.Context, token string) (user string, err error)

// single is the front door of a program with one tenant that reads one person: the middleware of
// package web in its order, the same description of the API, one Firestore client. What it leaves
// out is what is there because of tenants: their selection, their shares, the vend, the guard. Its
// verifier is Bulkhead's, cached, or Google's SDK.
func single(ctx context.Context, p plan, authenticator *tenancy.Authenticator, sdk bool, log *slog.Logger) (http.Handler, error) {
	key, err := os.ReadFile(p.Tenant.KeyFile)
	if err != nil {
		return nil, err
	}
	db, err := firestore.NewClientWithDatabase(ctx, p.Config.Project, p.Tenant.Database, clientOptions(p, key)...)
	if err != nil {
		return nil, err
	}
	id, err := tenant.ParseID(p.Tenant.ID)
	if err != nil {
		return nil, err
	}
	who := func(ctx context.Context, token string) (string, error) {
		principal, err := authenticator.Bearer(ctx, tenant.SelectID(id), token)
		return principal.User().String(), err
	}
	if sdk {
		client, err := googleSDK(ctx, p)
		if err != nil {
			return nil, err
		}
		who = func(ctx context.Context, token string) (string, error) {
			verified, err := client.VerifyIDToken(ctx, token)
			if err != nil {
				return "", err
			}
			return verified.UID, nil
		}
	}
	e := echo.New()
	origin := http.NewCrossOriginProtection()
	e.Use(identify, logAccess(log), middleware.Recover(), addHeaders, middleware.GzipWithConfig(middleware.GzipConfig{
		MinLength: 1400, Level: gzip.DefaultCompression, Skipper: func(echo.Context) bool { return true },
	}), limit, func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if err := origin.Check(c.Request()); err != nil {
				return err
			}
			return next(c)
		}
	})
	strict := huma.Format{
		Marshal:   func(w io.Writer, v any) error { return json.MarshalWrite(w, v) },
		Unmarshal: func(b []byte, v any) error { return json.Unmarshal(b, v) },
	}
	api := humaecho.New(e, huma.Config{
		OpenAPI: &huma.OpenAPI{OpenAPI: "3.1.0", Info: &huma.Info{Title: "Single", Version: "1"},
			Components: &huma.Components{Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)}},
		Formats: map[string]huma.Format{"application/json": strict, "json": strict}, DefaultFormat: "application/json",
	})
	huma.Register(api, huma.Operation{
		OperationID: "read-a-person", Method: http.MethodGet, Path: "/api/v1/users/{id}", MaxBodyBytes: 64 << 10,
		Middlewares: huma.Middlewares{admit(who)},
	}, func(ctx context.Context, in *personInput) (*personOutput, error) {
		snap, err := db.Collection("users").Doc(in.ID).Get(ctx)
		if err != nil {
			return nil, err
		}
		var r person
		if err := snap.DataTo(&r); err != nil {
			return nil, err
		}
		return &personOutput{people.User{
			ID: snap.Ref.ID, Email: r.Email, Name: r.Name, Role: r.Role, Status: r.Status, Created: r.Created, Updated: r.Updated,
		}}, nil
	})
	return e, nil
}

// clientOptions are what a Google client needs to reach the cloud with a key.
func clientOptions(p plan, key []byte) []option.ClientOption {
	return []option.ClientOption{
		option.WithEndpoint(strings.TrimPrefix(p.Config.FirestoreEndpoint, "http://")),
		option.WithAuthCredentialsJSON(option.ServiceAccount, key),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
	}
}

// googleSDK returns Google's own verifier. It fetches certificates by a copy that it makes of the
// default transport, so that one leads to the cloud.
func googleSDK(ctx context.Context, p plan) (*auth.Client, error) {
	certificates, err := url.Parse(p.Config.IdentityEndpoint)
	if err != nil {
		return nil, err
	}
	http.DefaultTransport = &http.Transport{DialTLSContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, certificates.Host)
	}}
	sdk, err := firebase.NewApp(ctx, &firebase.Config{ProjectID: p.Config.Project}, option.WithoutAuthentication())
	if err != nil {
		return nil, err
	}
	return sdk.Auth(ctx)
}

type visitKey struct{}

func identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := rand.Text()
		c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), visitKey{}, id)))
		c.Response().Header().Set("X-Request-Id", id)
		return next(c)
	}
}

func logAccess(log *slog.Logger) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			start := time.Now()
			if err := next(c); err != nil {
				c.Error(err)
			}
			id, _ := c.Request().Context().Value(visitKey{}).(string)
			user, _ := c.Get("user").(string)
			log.LogAttrs(c.Request().Context(), slog.LevelInfo, "request", slog.String("request", id),
				slog.String("method", c.Request().Method), slog.String("route", c.Path()), slog.Int("status", c.Response().Status),
				slog.Int64("bytes", c.Response().Size), slog.Duration("took", time.Since(start)), slog.String("ip", c.RealIP()),
				slog.String("user", user))
			return nil
		}
	}
}

func addHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		for _, header := range [][2]string{
			{"Cache-Control", "no-store"}, {"Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'"},
			{"Cross-Origin-Opener-Policy", "same-origin"}, {"Cross-Origin-Resource-Policy", "same-origin"},
			{"Permissions-Policy", "camera=(), geolocation=(), microphone=()"}, {"Referrer-Policy", "same-origin"},
			{"Strict-Transport-Security", "max-age=63072000; includeSubDomains"}, {"X-Content-Type-Options", "nosniff"},
		} {
			h.Set(header[0], header[1])
		}
		return next(c)
	}
}

func limit(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx, cancel := context.WithTimeout(c.Request().Context(), 30*time.Second)
		defer cancel()
		r := c.Request().WithContext(ctx)
		r.Body = http.MaxBytesReader(c.Response().Writer, r.Body, 64<<10)
		c.SetRequest(r)
		return next(c)
	}
}

// admit lets verified callers in.
func admit(who verify) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		c := humaecho.Unwrap(ctx)
		_, token, _ := strings.Cut(c.Request().Header.Get("Authorization"), " ")
		user, err := who(c.Request().Context(), token)
		if err != nil {
			c.Error(errors.Join(echo.ErrUnauthorized, err))
			return
		}
		c.Set("user", user)
		next(ctx)
	}
}
