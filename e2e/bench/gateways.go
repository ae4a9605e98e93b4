package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/e2e/bench/rounds"
)

// gateway is a way to have tokens verified before a request comes to the application.
type gateway struct {
	program string
	does    string
	args    func(config string) []string
	config  func(b *bench, addr, upstream, verifier string, keys map[string]string) (string, error)
}

var gatewayPrograms = []gateway{
	{"haproxy", "HAProxy verifies, bare Echo answers", func(file string) []string { return []string{"-db", "-f", file} }, haproxy},
	{"nginx", "nginx asks our verifier, bare Echo answers", func(file string) []string { return []string{"-c", file} }, nginx},
}

// gateways measures bare Echo behind gateways that verify, beside Echo that verifies by itself. The
// gateways run as one process, as many threads as there are cores.
func (b *bench) gateways(ctx context.Context) error {
	c, err := b.theCloud(ctx)
	if err != nil {
		return err
	}
	requests := reads(of(c.Tenants...))
	layer, layerAddr, err := b.serve(layerServer, c.plan())
	if err != nil {
		return err
	}
	own, err := load(layerServer, layerAddr, []*child{layer}, requests...)
	if err != nil {
		return err
	}
	defer own.close()
	bare, bareAddr, err := b.serve(bareServer, c.plan())
	if err != nil {
		return err
	}
	keys, err := c.publicKeys(ctx)
	if err != nil {
		return err
	}
	for _, g := range gatewayPrograms {
		row := rounds.Row{Goal: "4", What: "Echo behind tenancy and vending", Peer: g.does, Why: "not installed"}
		if path, err := exec.LookPath(g.program); err == nil {
			measured := []*child{bare}
			if g.program == "nginx" {
				measured = append(measured, layer)
			}
			behind, err := b.behind(g, path, bareAddr, layerAddr, keys, measured, requests)
			if err != nil {
				return fmt.Errorf("%s: %w", g.program, err)
			}
			turn := n(b, 500*time.Millisecond, 250*time.Millisecond)
			all, err := rounds.Paired(9, behind.turn(turn), own.turn(turn))
			behind.close()
			if err != nil {
				return fmt.Errorf("%s: %w", g.program, err)
			}
			row = rounds.Rated("4", "Echo behind tenancy and vending", g.does, all[0])
		}
		b.row(row)
	}
	return nil
}

// behind starts the gateway and opens connections to it.
func (b *bench) behind(g gateway, path, upstream, verifier string, keys map[string]string, measured []*child, requests [][]byte) (*target, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := ln.Addr().String()
	ln.Close()
	text, err := g.config(b, addr, upstream, verifier, keys)
	if err != nil {
		return nil, err
	}
	file := b.file(g.program + ".conf")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	process, err := b.start(path, g.args(file)...)
	if err != nil {
		return nil, err
	}
	var t *target
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if t, err = load(g.program, addr, append(measured, process), requests...); err == nil || time.Now().After(deadline) {
			return t, err
		}
	}
}

// publicKeys are the keys that tokens are signed with, in PEM, by their ids.
func (c *cloud) publicKeys(ctx context.Context) (map[string]string, error) {
	const path = "/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Endpoints.Identity+path, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	var certificates map[string]string
	if err := json.Unmarshal(body, &certificates); err != nil {
		return nil, err
	}
	keys := make(map[string]string)
	for id, certificate := range certificates {
		block, _ := pem.Decode([]byte(certificate))
		if block == nil {
			return nil, errors.New("a certificate is not PEM")
		}
		parsed, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		der, err := x509.MarshalPKIXPublicKey(parsed.PublicKey)
		if err != nil {
			return nil, err
		}
		keys[id] = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	}
	return keys, nil
}

// haproxy verifies signature, issuer, audience, expiry and that the tenant selected is the token's.
func haproxy(b *bench, addr, upstream, _ string, keys map[string]string) (string, error) {
	var rules strings.Builder
	for id, key := range keys {
		file := b.file("key-" + id + ".pem")
		if err := os.WriteFile(file, []byte(key), 0o600); err != nil {
			return "", err
		}
		fmt.Fprintf(&rules, "  http-request set-var(txn.good) http_auth_bearer,jwt_verify(txn.alg,\"%s\") if { var(txn.kid) -m str %s }\n", file, id)
	}
	project := b.cloud.Project
	return fmt.Sprintf(`global
  maxconn 1000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend front
  bind %s
  http-request set-var(txn.alg) http_auth_bearer,jwt_header_query('$.alg')
  http-request set-var(txn.kid) http_auth_bearer,jwt_header_query('$.kid')
  http-request set-var(txn.iss) http_auth_bearer,jwt_payload_query('$.iss')
  http-request set-var(txn.aud) http_auth_bearer,jwt_payload_query('$.aud')
  http-request set-var(txn.tn) http_auth_bearer,jwt_payload_query('$.tn')
  http-request set-var(txn.exp) http_auth_bearer,jwt_payload_query('$.exp','int')
  http-request set-var(txn.now) date()
%s  http-request deny deny_status 401 unless { var(txn.alg) -m str RS256 } { var(txn.good) -m int 1 }
  http-request deny deny_status 401 unless { var(txn.iss) -m str https://securetoken.google.com/%s } { var(txn.aud) -m str %s }
  http-request deny deny_status 401 if { var(txn.exp),sub(txn.now) -m int lt 0 }
  http-request deny deny_status 403 unless { req.hdr(X-TenantId),strcmp(txn.tn) eq 0 }
  default_backend app
backend app
  server app %s
`, addr, rules.String(), project, project, upstream), nil
}

// nginx asks a verifier by auth_request: Echo behind tenancy and vending.
func nginx(b *bench, addr, upstream, verifier string, _ map[string]string) (string, error) {
	return fmt.Sprintf(`daemon off;
master_process off;
pid %[1]s/nginx.pid;
error_log %[1]s/nginx.log;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path %[1]s/nginx-body;
  proxy_temp_path %[1]s/nginx-proxy;
  fastcgi_temp_path %[1]s/nginx-fastcgi;
  uwsgi_temp_path %[1]s/nginx-uwsgi;
  scgi_temp_path %[1]s/nginx-scgi;
  keepalive_requests 100000000;
  upstream app { server %[3]s; keepalive 64; keepalive_requests 100000000; }
  upstream verifier { server %[4]s; keepalive 64; keepalive_requests 100000000; }
  server {
    listen %[2]s;
    location / {
      auth_request /verify;
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }
    location = /verify {
      internal;
      proxy_pass http://verifier/api/v1/users/verify;
      proxy_http_version 1.1;
      proxy_pass_request_body off;
      proxy_set_header Connection "";
    }
  }
}
`, b.dir, addr, upstream, verifier), nil
}
