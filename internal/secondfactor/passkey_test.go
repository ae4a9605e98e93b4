package secondfactor_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
	"github.com/bulkhead-saas/bulkhead/internal/secondfactor/secondfactortest"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

const origin = "https://app.example.com"

func party(t *testing.T) *secondfactor.Party {
	t.Helper()
	p, err := secondfactor.NewParty(origin)
	if err != nil || !p.Available() {
		t.Fatalf("party: %v", err)
	}
	return p
}

func owner(t *testing.T, of tenant.ID, user string) secondfactor.Owner {
	return secondfactor.Owner{Tenant: of, User: tenancytest.UserID(t, user), Label: user + "@acme.example"}
}

// holder is somebody with a passkey.
type holder struct {
	*testing.T
	party *secondfactor.Party
	secondfactor.Owner
	secondfactor.Factors
	key *secondfactortest.Authenticator
}

func newHolder(t *testing.T, of tenant.ID, user string) *holder {
	h := &holder{T: t, party: party(t), Owner: owner(t, of, user), key: secondfactortest.New(t, origin, "app.example.com")}
	if _, err := h.add(h.key, "Laptop", noon); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *holder) add(key *secondfactortest.Authenticator, name string, at time.Time) ([]string, error) {
	h.Helper()
	c, err := h.party.BeginPasskey(h.Owner, &h.Factors, noon)
	if err != nil {
		h.Fatal(err)
	}
	return h.party.AddPasskey(h.Owner, &h.Factors, c.Keep, key.Create(h.T, c.Options), name, at)
}

func (h *holder) ask() secondfactor.Ceremony {
	h.Helper()
	c, err := h.party.AskPasskey(h.Owner, &h.Factors, noon)
	if err != nil {
		h.Fatal(err)
	}
	return c
}

// A passkey answers each challenge once, within ten minutes.
func TestPasskeyAnswersOnce(t *testing.T) {
	h := newHolder(t, tenant.NewID(), "ada")
	if len(h.Recovery) != secondfactor.RecoveryCodes {
		t.Errorf("%d recovery codes came with it", len(h.Recovery))
	}
	c := h.ask()
	answer := h.key.Get(t, c.Options)
	if err := h.party.ProvePasskey(h.Owner, &h.Factors, c.Keep, answer, noon.Add(9*time.Minute)); err != nil {
		t.Fatalf("in time: %v", err)
	}
	if err := h.party.ProvePasskey(h.Owner, &h.Factors, c.Keep, answer, noon.Add(9*time.Minute)); !errors.Is(err, secondfactor.ErrPasskey) {
		t.Errorf("twice: got %v, want ErrPasskey", err)
	}
	if err := h.party.ProvePasskey(h.Owner, &h.Factors, c.Keep, h.key.Get(t, c.Options), noon.Add(9*time.Minute)); !errors.Is(err, secondfactor.ErrPasskey) {
		t.Errorf("another answer to the challenge: got %v, want ErrPasskey", err)
	}
	late := h.ask()
	if err := h.party.ProvePasskey(h.Owner, &h.Factors, late.Keep, h.key.Get(t, late.Options), noon.Add(10*time.Minute)); !errors.Is(err, secondfactor.ErrPasskey) {
		t.Errorf("too late: got %v, want ErrPasskey", err)
	}
}

// What another origin, another party, another person or another tenant's namesake has answered with
// does not count; nor does a counter that goes back.
func TestPasskeyOfAnother(t *testing.T) {
	acme := tenant.NewID()
	h, eli, namesake := newHolder(t, acme, "ada"), newHolder(t, acme, "eli"), newHolder(t, tenant.NewID(), "ada")
	for name, change := range map[string]func(key *secondfactortest.Authenticator){
		"another origin":        func(k *secondfactortest.Authenticator) { k.Origin = "https://app.example.com.evil.test" },
		"a host below":          func(k *secondfactortest.Authenticator) { k.Origin = "https://acme.app.example.com" },
		"another port":          func(k *secondfactortest.Authenticator) { k.Origin = "https://app.example.com:8443" },
		"another party":         func(k *secondfactortest.Authenticator) { k.RP = "evil.test" },
		"a counter gone back":   func(k *secondfactortest.Authenticator) { k.Counter = 0 },
		"an answer in plain":    func(k *secondfactortest.Authenticator) { k.Origin = "http://app.example.com" },
		"the domain above ours": func(k *secondfactortest.Authenticator) { k.RP = "example.com" },
	} {
		key := *h.key
		change(&key)
		c := h.ask()
		if err := h.party.ProvePasskey(h.Owner, &h.Factors, c.Keep, key.Get(t, c.Options), noon); !errors.Is(err, secondfactor.ErrPasskey) {
			t.Errorf("%s: got %v, want ErrPasskey", name, err)
		}
	}
	for name, other := range map[string]*holder{"another person": eli, "a namesake of another tenant": namesake} {
		c := h.ask()
		if err := h.party.ProvePasskey(h.Owner, &h.Factors, c.Keep, other.key.Get(t, c.Options), noon); !errors.Is(err, secondfactor.ErrPasskey) {
			t.Errorf("%s: got %v, want ErrPasskey", name, err)
		}
		theirs := other.ask()
		if err := h.party.ProvePasskey(h.Owner, &h.Factors, theirs.Keep, h.key.Get(t, theirs.Options), noon); !errors.Is(err, secondfactor.ErrPasskey) {
			t.Errorf("the challenge of %s: got %v, want ErrPasskey", name, err)
		}
		begun, err := other.party.BeginPasskey(other.Owner, &other.Factors, noon)
		if err != nil {
			t.Fatal(err)
		}
		key := secondfactortest.New(t, origin, "app.example.com")
		if _, err := h.party.AddPasskey(h.Owner, &h.Factors, begun.Keep, key.Create(t, begun.Options), "Theirs", noon); !errors.Is(err, secondfactor.ErrPasskey) {
			t.Errorf("set up by the challenge of %s: got %v, want ErrPasskey", name, err)
		}
	}
	for _, junk := range []string{"", "null", "{}", `{"id":"x"}`, "[]"} {
		c := h.ask()
		if err := h.party.ProvePasskey(h.Owner, &h.Factors, c.Keep, []byte(junk), noon); !errors.Is(err, secondfactor.ErrPasskey) {
			t.Errorf("answer %q: got %v, want ErrPasskey", junk, err)
		}
		if err := h.party.ProvePasskey(h.Owner, &h.Factors, []byte(junk), h.key.Get(t, c.Options), noon); !errors.Is(err, secondfactor.ErrPasskey) {
			t.Errorf("kept %q: got %v, want ErrPasskey", junk, err)
		}
	}
}

func TestPasskeysHaveNames(t *testing.T) {
	h := newHolder(t, tenant.NewID(), "ada")
	another := func() *secondfactortest.Authenticator { return secondfactortest.New(t, origin, "app.example.com") }
	for _, name := range []string{"", "  ", "a\nb", strings.Repeat("x", secondfactor.MaxName+1)} {
		if _, err := h.add(another(), name, noon); !errors.Is(err, secondfactor.ErrName) {
			t.Errorf("named %q: got %v, want ErrName", name, err)
		}
	}
	if _, err := h.add(h.key, "The same", noon); !errors.Is(err, secondfactor.ErrPasskey) {
		t.Errorf("one passkey twice: got %v, want ErrPasskey", err)
	}
	if _, err := h.add(another(), "Late", noon.Add(10*time.Minute)); !errors.Is(err, secondfactor.ErrPasskey) {
		t.Errorf("set up too late: got %v, want ErrPasskey", err)
	}
	for i := 2; i <= secondfactor.MaxPasskeys; i++ {
		codes, err := h.add(another(), fmt.Sprint("Key ", i), noon)
		if err != nil || codes != nil {
			t.Fatalf("passkey %d: %v, %d codes", i, err, len(codes))
		}
	}
	if _, err := h.party.BeginPasskey(h.Owner, &h.Factors, noon); !errors.Is(err, secondfactor.ErrTooMany) {
		t.Errorf("one more: got %v, want ErrTooMany", err)
	}
	if name, err := h.RemovePasskey(h.Passkeys[0].ID); err != nil || name != "Laptop" || len(h.Passkeys) != secondfactor.MaxPasskeys-1 {
		t.Errorf("removed %q, %d left, %v", name, len(h.Passkeys), err)
	}
	if _, err := h.RemovePasskey("none"); !errors.Is(err, secondfactor.ErrNotSetUp) {
		t.Errorf("none of the id: got %v, want ErrNotSetUp", err)
	}
}

// Passkeys belong to a name. At an address that is none, there are none.
func TestPartyOfAnAddress(t *testing.T) {
	p, err := secondfactor.NewParty("http://127.0.0.1:8080")
	if err != nil || p.Available() {
		t.Errorf("at a number: available %v, %v", p.Available(), err)
	}
	if _, err := p.BeginPasskey(secondfactor.Owner{}, new(secondfactor.Factors), noon); err == nil {
		t.Error("a passkey is begun there")
	}
	if _, err := secondfactor.NewParty("app.example.com"); err == nil {
		t.Error("what is no origin is taken")
	}
}
