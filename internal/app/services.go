package app

import (
	"cmp"
	"log/slog"
	"maps"

	"github.com/bulkhead-saas/bulkhead/internal/account"
	"github.com/bulkhead-saas/bulkhead/internal/apikeys"
	"github.com/bulkhead-saas/bulkhead/internal/federation"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/mail"
	"github.com/bulkhead-saas/bulkhead/internal/mfa"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
	"github.com/bulkhead-saas/bulkhead/internal/signin"
	"github.com/bulkhead-saas/bulkhead/internal/signout"
)

// services sign people in and change who they are. Each stands on those above it.
type services struct {
	APIKeys        *apikeys.Service
	People         *people.Service
	Factors        *mfa.Service
	SignIn         *signin.Service
	OperatorSignIn *signin.Operators
	SignOut        *signout.Service
	Federation     *federation.Service
	Account        *account.Service
}

// openServices builds them.
func (c *core) openServices(cfg Config, log *slog.Logger) (err error) {
	origin := cmp.Or(cfg.WebURL, cfg.PublicURL)
	if c.google, err = identityplatform.New(c.platform, cfg.IdentityAPIKey); err != nil {
		return err
	}
	if c.APIKeys, err = apikeys.New(c.Authenticator, origin, log); err != nil {
		return err
	}
	c.People, err = people.New(people.Config{
		Google: c.google, Machine: c.Machine, Authenticator: c.Authenticator, Revocations: c.revocations,
		Origin: origin, Logger: log,
	})
	if err != nil {
		return err
	}
	c.Factors, err = mfa.New(mfa.Config{
		Machine: c.Machine, Authenticator: c.Authenticator, Policies: c.Policies, People: c.People, Keys: c.keys,
		Operators: secondfactor.NewOperators(c.platform.Registry()), Origin: origin, Logger: log,
	})
	if err != nil {
		return err
	}
	c.SignIn, err = signin.New(signin.Config{
		Google: c.google, Machine: c.Machine, Authenticator: c.Authenticator, Revocations: c.revocations,
		Policies: c.Policies, People: c.People, Factors: c.Factors, Logger: log,
	})
	if err != nil {
		return err
	}
	if c.OperatorSignIn, err = signin.NewOperators(c.google, c.Operators, c.Factors); err != nil {
		return err
	}
	c.SignOut, err = signout.New(signout.Config{
		Google: c.google, Authenticator: c.Authenticator, Revocations: c.revocations, Logger: log,
	})
	if err != nil {
		return err
	}
	c.Federation, err = federation.New(federation.Config{
		Google: c.google, Machine: c.Machine, Authenticator: c.Authenticator, Policies: c.Policies, People: c.People,
		Factors: c.Factors, SignIn: c.SignIn, Keys: c.keys, Outbound: c.outbound, Origin: origin, Logger: log,
	})
	if err != nil {
		return err
	}
	c.Account, err = account.New(account.Config{
		Google: c.google, Machine: c.Machine, Authenticator: c.Authenticator, Policies: c.Policies, People: c.People,
		Factors: c.Factors, SignIn: c.SignIn, Origin: origin, Logger: log,
	})
	return err
}

// letters returns who composes each kind of letter.
func (s services) letters() map[mail.Kind]mail.Composer {
	all := s.Account.Letters()
	maps.Copy(all, s.People.Letters())
	maps.Copy(all, s.APIKeys.Letters())
	return all
}
