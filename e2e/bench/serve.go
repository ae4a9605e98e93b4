package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/app"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/httpserver"
	"github.com/bulkhead-saas/bulkhead/web/people"
)

// The servers that are measured, by the names that -serve takes.
const (
	bareServer   = "bare"       // Echo and a handler
	layerServer  = "layer"      // the same handler behind tenancy and vending
	multiServer  = "multi"      // Bulkhead, as package app wires it
	singleServer = "single"     // its handlers written for one tenant
	sdkServer    = "single-sdk" // the same, verifying with Google's SDK at each request
	roleServer   = "role"       // a process of the application, of the role that its plan says
	startServer  = "start"      // records a document and signs a request, and does nothing else
	clientsRole  = "clients"    // opens clients as Google's documentation does, and says what they cost
	readyLine    = "ready"      // what a server prints before its address
	personPath   = "/api/v1/users/:id"
)

// serve is one of the servers: it reads its plan, says where it listens, and ends when its standard
// input does.
func serve(ctx context.Context, role string) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	input := json.NewDecoder(os.Stdin)
	var p plan
	if err := input.Decode(&p); err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	if role == clientsRole {
		return serveClients(ctx, p)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if role == bareServer {
		e := echo.New()
		e.GET(personPath, answer)
		return listen(ctx, ln, e)
	}
	if role == startServer {
		e, err := starter(ctx, p)
		if err != nil {
			return err
		}
		return listen(ctx, ln, e)
	}
	p.Config.PublicURL = "http://" + ln.Addr().String() // no other host name is served
	log := slog.New(slog.NewJSONHandler(io.Discard, nil))
	if role == roleServer {
		return serveRole(ctx, ln, p.Config, log)
	}
	server, err := app.New(ctx, p.Config, log)
	if err != nil {
		return err
	}
	defer server.Close(context.WithoutCancel(ctx))
	if err := server.Start(ctx); err != nil {
		return err
	}
	switch role {
	case layerServer:
		e := echo.New()
		e.GET(personPath, answer, layer(server))
		return listen(ctx, ln, e)
	case multiServer:
		fmt.Println(readyLine, ln.Addr())
		return server.Serve(ctx, ln)
	case singleServer, sdkServer:
		handler, err := single(ctx, p, server.Authenticator, role == sdkServer, log)
		if err != nil {
			return err
		}
		return listen(ctx, ln, handler)
	}
	return fmt.Errorf("there is no server %q", role)
}

// serveRole serves a process of the application.
func serveRole(ctx context.Context, ln net.Listener, cfg app.Config, log *slog.Logger) error {
	server, err := app.Open(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer server.Close(context.WithoutCancel(ctx))
	if err := server.Start(ctx); err != nil {
		return err
	}
	fmt.Println(readyLine, ln.Addr())
	return server.Serve(ctx, ln)
}

// listen serves h as Bulkhead's own server does.
func listen(ctx context.Context, ln net.Listener, h http.Handler) error {
	server := httpserver.New(h)
	context.AfterFunc(ctx, func() { _ = server.Close() })
	fmt.Println(readyLine, ln.Addr())
	if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// answer answers with a person who is not looked up.
func answer(c echo.Context) error {
	return c.JSON(http.StatusOK, people.User{ID: c.Param("id"), Email: "ada@example.com", Name: "Ada", Role: "admin", Status: "active"})
}

// layer is what the front door does for a route of the API before its handler: a tenant is
// selected, the caller authenticated for it, the role demanded, and a grant vended.
func layer(server *app.App) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
			selector, err := tenant.ParseSelector(r.Header["X-Tenantid"])
			if err != nil {
				return err
			}
			p, err := server.Authenticator.Bearer(r.Context(), selector, token)
			if err != nil {
				return err
			}
			if !p.May(tenant.PeopleRead) {
				return echo.ErrForbidden
			}
			g, err := server.Machine.Vend(r.Context(), p)
			if err != nil {
				return err
			}
			c.Set("grant", g.Tenant())
			return next(c)
		}
	}
}
