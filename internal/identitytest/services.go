package identitytest

import (
	"cmp"
	"log/slog"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/account"
	"github.com/bulkhead-saas/bulkhead/internal/apikeys"
	"github.com/bulkhead-saas/bulkhead/internal/federation"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/mfa"
	"github.com/bulkhead-saas/bulkhead/internal/outbound"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/sealing"
	"github.com/bulkhead-saas/bulkhead/internal/sealing/sealingtest"
	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
	"github.com/bulkhead-saas/bulkhead/internal/signin"
	"github.com/bulkhead-saas/bulkhead/internal/signout"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// Services are those of a process: see internal/app, which opens them in a program.
type Services struct {
	Google         *identityplatform.Client
	APIKeys        *apikeys.Service
	People         *people.Service
	Factors        *mfa.Service
	SignIn         *signin.Service
	OperatorSignIn *signin.Operators
	SignOut        *signout.Service
	Federation     *federation.Service
	Account        *account.Service
}

// Config is what differs from one process to another.
type Config struct {
	Machine  *vending.Machine // nil: the world's
	Keys     *sealing.Keys    // nil: new ones
	Outbound *outbound.Client // nil: nobody signs in at a provider
	Origin   string           // that browsers use; empty: there are no passkeys
	Logger   *slog.Logger     // nil: slog.Default
	Now      func() time.Time // nil: time.Now
}

// Open opens the services of a process.
func Open(t *testing.T, w *vendingtest.World, cfg Config) (s Services) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	cfg.Machine = cmp.Or(cfg.Machine, w.Machine)
	if cfg.Keys == nil {
		cfg.Keys = sealingtest.New(t)
	}
	var err error
	s.Google, err = identityplatform.New(w.Web, w.Cloud.APIKey())
	must(err)
	s.APIKeys, err = apikeys.New(w.Authenticator, cfg.Origin, cfg.Logger)
	must(err)
	s.People, err = people.New(people.Config{
		Google: s.Google, Machine: cfg.Machine, Authenticator: w.Authenticator, Revocations: w.Revocations,
		Origin: cfg.Origin, Logger: cfg.Logger, Now: cfg.Now,
	})
	must(err)
	s.Factors, err = mfa.New(mfa.Config{
		Machine: cfg.Machine, Authenticator: w.Authenticator, Policies: w.Policies, People: s.People, Keys: cfg.Keys,
		Operators: secondfactor.NewOperators(w.Web.Registry()), Origin: cfg.Origin, Logger: cfg.Logger, Now: cfg.Now,
	})
	must(err)
	s.SignIn, err = signin.New(signin.Config{
		Google: s.Google, Machine: cfg.Machine, Authenticator: w.Authenticator, Revocations: w.Revocations,
		Policies: w.Policies, People: s.People, Factors: s.Factors, Logger: cfg.Logger, Now: cfg.Now,
	})
	must(err)
	s.OperatorSignIn, err = signin.NewOperators(s.Google, w.Operators, s.Factors)
	must(err)
	s.SignOut, err = signout.New(signout.Config{
		Google: s.Google, Authenticator: w.Authenticator, Revocations: w.Revocations, Logger: cfg.Logger,
	})
	must(err)
	s.Federation, err = federation.New(federation.Config{
		Google: s.Google, Machine: cfg.Machine, Authenticator: w.Authenticator, Policies: w.Policies, People: s.People,
		Factors: s.Factors, SignIn: s.SignIn, Keys: cfg.Keys, Outbound: cfg.Outbound, Origin: cfg.Origin,
		Logger: cfg.Logger, Now: cfg.Now,
	})
	must(err)
	s.Account, err = account.New(account.Config{
		Google: s.Google, Machine: cfg.Machine, Authenticator: w.Authenticator, Policies: w.Policies, People: s.People,
		Factors: s.Factors, SignIn: s.SignIn, Origin: cfg.Origin, Logger: cfg.Logger, Now: cfg.Now,
	})
	must(err)
	return s
}
