package localcloud

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/golang-jwt/jwt/v5"
	"google.golang.org/protobuf/proto"

	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

const (
	usersAudience    = "https://identitytoolkit.googleapis.com/"
	accountsAudience = "https://iamcredentials.googleapis.com/"
	// maxPeek is how much of a body is looked at for whom it is about, in bytes.
	maxPeek = 1 << 20
)

// describeGRPC tells what a gRPC call is about in the words of the permission map: the resource is
// the one that the caller's permission was asked on.
func (c *Cloud) describeGRPC(rules map[string]iam.Rule) fault.Describe {
	return func(ctx context.Context, method string, req any) fault.Call {
		call := fault.Call{Method: method}
		if caller, ok := iam.CallerFrom(ctx); ok {
			call.Account = caller.Email
		}
		msg, ok := req.(proto.Message)
		if rule := rules[method]; ok && rule.Resource != nil {
			if resource, err := rule.Resource(c.cfg.Project, msg); err == nil {
				call.Resource = resource.Name
			}
		}
		return call
	}
}

func (c *Cloud) describeStorage(r *http.Request) fault.Call {
	call := fault.Call{Method: verbAndPath(r)}
	call.Account, call.Resource = c.storage.Describe(r)
	return call
}

// describeAccounts is for what package iam serves over HTTP.
func (c *Cloud) describeAccounts(r *http.Request) fault.Call {
	call := fault.Call{Method: verbAndPath(r)}
	if strings.HasSuffix(r.URL.Path, "/token") {
		call.Account = asserted(fault.Peek(r, maxPeek))
		return call
	}
	call.Account = c.iam.Identify(r.Header.Get("Authorization"), accountsAudience)
	if _, rest, ok := strings.Cut(r.URL.Path, "/serviceAccounts/"); ok {
		email, _, _ := strings.Cut(rest, ":")
		project := cmp.Or(iam.ProjectOf(email), c.projectIn(r.URL.Path))
		call.Resource = "projects/" + project + "/serviceAccounts/" + email
	}
	return call
}

// asserted returns the account that a form for the token endpoint says it comes from.
func asserted(form []byte) string {
	values, err := url.ParseQuery(string(form))
	if err != nil {
		return ""
	}
	var claims jwt.RegisteredClaims
	if _, _, err := jwt.NewParser().ParseUnverified(values.Get("assertion"), &claims); err != nil {
		return ""
	}
	return claims.Issuer
}

// describeUsers is for Identity Platform, whose calls name the tenant in their path or in their
// body, and are made by accounts, or by anybody with the API key.
func (c *Cloud) describeUsers(r *http.Request) fault.Call {
	call := fault.Call{Method: verbAndPath(r), Account: c.iam.Identify(r.Header.Get("Authorization"), usersAudience)}
	_, rest, ok := strings.Cut(r.URL.Path, "/tenants/")
	tenant, _, _ := strings.Cut(rest, "/")
	if !ok {
		var body struct {
			TenantID string `json:"tenantId"`
		}
		if json.Unmarshal(fault.Peek(r, maxPeek), &body) == nil {
			tenant = body.TenantID
		}
	}
	if tenant != "" {
		call.Resource = "projects/" + c.platforms.Project(r) + "/tenants/" + tenant
	}
	return call
}

func verbAndPath(r *http.Request) string {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	return r.Method + " " + path
}
