package identity

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"go.etcd.io/bbolt"
)

// project is the settings of the project: those of its own accounts, and the domains that links may
// lead back to, which its tenants share.
type project struct {
	tenant
	Domains []string
}

var projectKey = []byte("project")

// getProject returns the settings, which at first are those of the package comment.
func getProject(tx *bbolt.Tx) (project, error) {
	p, ok, err := get[project](tx, bucketMeta, projectKey)
	if !ok {
		p.tenant = tenant{AllowPasswordSignup: true, DisabledUserSignup: true, DisabledUserDeletion: true}
	}
	return p, err
}

// configJSON is google.cloud.identitytoolkit.admin.v2.Config, as far as it is kept here.
type configJSON struct {
	Name              string      `json:"name,omitempty"`
	SignIn            *signInJSON `json:"signIn,omitempty"`
	MFA               *mfaConfig  `json:"mfa,omitempty"`
	AuthorizedDomains []string    `json:"authorizedDomains,omitempty"`
	Client            *clientJSON `json:"client,omitempty"`
}

type signInJSON struct {
	Email *struct {
		Enabled          *bool `json:"enabled,omitempty"`
		PasswordRequired *bool `json:"passwordRequired,omitempty"` // false: a link will do
	} `json:"email,omitempty"`
}

func (s *Service) projectJSON(p project) configJSON {
	t := s.tenantJSON(p.tenant)
	passwordRequired := !p.EnableEmailLinkSignin
	v := configJSON{
		Name: "projects/" + s.project + "/config", MFA: p.MFA, AuthorizedDomains: s.domains(p), Client: t.Client, SignIn: &signInJSON{},
	}
	v.SignIn.Email = &struct {
		Enabled          *bool `json:"enabled,omitempty"`
		PasswordRequired *bool `json:"passwordRequired,omitempty"`
	}{&p.AllowPasswordSignup, &passwordRequired}
	return v
}

func (s *Service) getProjectConfig(*http.Request) (any, error) {
	var p project
	err := s.db.View(func(tx *bbolt.Tx) (err error) {
		p, err = getProject(tx)
		return err
	})
	return s.projectJSON(p), err
}

// updateProjectConfig changes what the update mask names.
func (s *Service) updateProjectConfig(r *http.Request) (any, error) {
	v, err := decode[configJSON](r)
	if err != nil {
		return nil, err
	}
	if v.MFA != nil {
		if err := v.MFA.check(); err != nil {
			return nil, err
		}
	}
	var p project
	err = s.db.Update(func(tx *bbolt.Tx) (err error) {
		if p, err = getProject(tx); err != nil {
			return err
		}
		for field := range strings.SplitSeq(r.URL.Query().Get("updateMask"), ",") {
			if err := v.apply(&p, field); err != nil {
				return err
			}
		}
		return put(tx, bucketMeta, projectKey, p)
	})
	return s.projectJSON(p), err
}

// apply copies one field of v onto p.
func (v configJSON) apply(p *project, field string) error {
	switch field {
	case "mfa":
		p.MFA = v.MFA
	case "authorizedDomains":
		for _, domain := range v.AuthorizedDomains {
			if domain == "" || strings.ContainsAny(domain, "/:@ *") {
				return invalidArgument("INVALID_AUTHORIZED_DOMAIN")
			}
		}
		p.Domains = v.AuthorizedDomains
	case "signIn", "signIn.email", "signIn.email.enabled", "signIn.email.passwordRequired":
		if v.SignIn == nil || v.SignIn.Email == nil {
			return invalidArgument("INVALID_CONFIG")
		}
		if field != "signIn.email.passwordRequired" {
			set(&p.AllowPasswordSignup, v.SignIn.Email.Enabled)
		}
		if field != "signIn.email.enabled" {
			p.EnableEmailLinkSignin = v.SignIn.Email.PasswordRequired != nil && !*v.SignIn.Email.PasswordRequired
		}
	case "client", "client.permissions", "client.permissions.disabledUserSignup", "client.permissions.disabledUserDeletion":
		return tenantJSON{Client: v.Client}.apply(&p.tenant)
	default:
		return unimplemented("the update mask %q", field)
	}
	return nil
}

// domains are those that a project has from the start, until an administrator names others.
// 127.0.0.1 is not among Google's: here everything is on loopback.
func (s *Service) domains(p project) []string {
	if p.Domains != nil {
		return p.Domains
	}
	return []string{"localhost", "127.0.0.1", s.project + ".firebaseapp.com", s.project + ".web.app"}
}

// checkContinueURL refuses a link back to where nobody is known. INVALID_CONTINUE_URI,
// UNAUTHORIZED_DOMAIN.
func (s *Service) checkContinueURL(tx *bbolt.Tx, link string) error {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return bad("INVALID_CONTINUE_URI")
	}
	p, err := getProject(tx)
	if err != nil {
		return err
	}
	host := u.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if !slices.Contains(s.domains(p), strings.ToLower(host)) {
		return bad("UNAUTHORIZED_DOMAIN : Domain not allowlisted by project")
	}
	return nil
}
