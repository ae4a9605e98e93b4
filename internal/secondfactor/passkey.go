package secondfactor

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

const (
	// MaxPasskeys is how many passkeys a person has at most.
	MaxPasskeys = 10
	// MaxName is the greatest length of a passkey's name, in bytes.
	MaxName = 60
	// ceremonyLife is how long a challenge may be answered.
	ceremonyLife = 10 * time.Minute
)

// Passkey is a passkey of the owner's.
type Passkey struct {
	ID    string              `json:"id"` // names it within the owner's; it is no secret
	Name  string              `json:"name"`
	Added time.Time           `json:"added"`
	Used  time.Time           `json:"used,omitzero"`
	Key   webauthn.Credential `json:"key"`
}

// spent is a challenge that was answered: nobody answers it again.
type spent struct {
	Digest []byte    `json:"digest"`
	Until  time.Time `json:"until"`
}

// Party is this program as passkeys know it: the name of the base domain, and its one origin.
type Party struct{ rp *webauthn.WebAuthn }

// NewParty returns the party of an origin, such as "https://app.example.com". Passkeys belong to a
// name: with an origin that is an IP address there are none, and Party.Available says so.
func NewParty(origin string) (*Party, error) {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("secondfactor: origin %q", origin)
	}
	if net.ParseIP(u.Hostname()) != nil {
		return new(Party), nil
	}
	rp, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: "Bulkhead", RPOrigins: []string{origin},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementDiscouraged, UserVerification: protocol.VerificationPreferred,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("secondfactor: passkeys: %w", err)
	}
	return &Party{rp}, nil
}

// Available reports whether there can be passkeys.
func (p *Party) Available() bool { return p != nil && p.rp != nil }

// Ceremony is a challenge that the browser is to answer. What is kept goes nowhere but into a
// sealed value.
type Ceremony struct {
	Options []byte // for the browser: the JSON form of the options of WebAuthn, section 5
	Keep    []byte
}

// person is the owner as the library wants one.
type person struct {
	Owner
	keys []webauthn.Credential
}

func (p person) WebAuthnID() []byte                         { return p.handle() }
func (p person) WebAuthnName() string                       { return p.Label }
func (p person) WebAuthnDisplayName() string                { return p.Label }
func (p person) WebAuthnCredentials() []webauthn.Credential { return p.keys }

func (f *Factors) person(o Owner) person {
	p := person{Owner: o}
	for _, k := range f.Passkeys {
		p.keys = append(p.keys, k.Key)
	}
	return p
}

// kept is what is kept of a ceremony.
type kept struct {
	Session webauthn.SessionData `json:"session"`
	Began   time.Time            `json:"began"`
}

func keep(session *webauthn.SessionData, options any, now time.Time) (Ceremony, error) {
	session.CredParams = nil // those of the library, which it puts back
	shown, err := json.Marshal(options)
	if err != nil {
		return Ceremony{}, fmt.Errorf("secondfactor: passkey: %w", err)
	}
	held, err := json.Marshal(kept{*session, now.UTC()})
	if err != nil {
		return Ceremony{}, fmt.Errorf("secondfactor: passkey: %w", err)
	}
	return Ceremony{shown, held}, nil
}

// resume returns the ceremony that was kept, if its challenge may still be answered.
func (f *Factors) resume(held []byte, now time.Time) (webauthn.SessionData, error) {
	var k kept
	if err := json.Unmarshal(held, &k); err != nil || k.Session.Challenge == "" {
		return k.Session, ErrPasskey
	}
	if age := now.Sub(k.Began); age >= ceremonyLife || age < -time.Minute {
		return k.Session, ErrPasskey
	}
	digest := challengeDigest(k.Session.Challenge)
	if slices.ContainsFunc(f.Spent, func(s spent) bool { return bytes.Equal(s.Digest, digest) }) {
		return k.Session, ErrPasskey
	}
	return k.Session, nil
}

// spend notes that the challenge was answered.
func (f *Factors) spend(challenge string, now time.Time) {
	f.Spent = slices.DeleteFunc(f.Spent, func(s spent) bool { return !now.Before(s.Until) })
	f.Spent = append(f.Spent, spent{challengeDigest(challenge), now.Add(ceremonyLife).UTC()})
}

func challengeDigest(challenge string) []byte {
	sum := sha256.Sum256([]byte(challenge))
	return sum[:16]
}

var errNoParty = errors.New("secondfactor: there are no passkeys at an address that is no name")

// BeginPasskey begins to set a passkey up. ErrTooMany.
func (p *Party) BeginPasskey(o Owner, f *Factors, now time.Time) (Ceremony, error) {
	if !p.Available() {
		return Ceremony{}, errNoParty
	}
	if len(f.Passkeys) >= MaxPasskeys {
		return Ceremony{}, ErrTooMany
	}
	who := f.person(o)
	var have []protocol.CredentialDescriptor
	for _, k := range who.keys {
		have = append(have, k.Descriptor())
	}
	options, session, err := p.rp.BeginRegistration(who, webauthn.WithExclusions(have))
	if err != nil {
		return Ceremony{}, fmt.Errorf("secondfactor: begin a passkey: %w", err)
	}
	return keep(session, options.Response, now)
}

// AddPasskey sets up the passkey with which the browser has answered. Recovery codes are returned
// if the owner had none: they are shown this once. ErrPasskey, ErrName, ErrTooMany.
func (p *Party) AddPasskey(o Owner, f *Factors, held, answer []byte, name string, now time.Time) (codes []string, err error) {
	name = strings.TrimSpace(name)
	switch {
	case !p.Available():
		return nil, errNoParty
	case name == "" || !tenant.IsPrintable(name, MaxName):
		return nil, ErrName
	case len(f.Passkeys) >= MaxPasskeys:
		return nil, ErrTooMany
	}
	session, err := f.resume(held, now)
	if err != nil {
		return nil, err
	}
	session.CredParams = webauthn.CredentialParametersDefault()
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPasskey, err)
	}
	key, err := p.rp.CreateCredential(f.person(o), session, parsed)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPasskey, err)
	}
	key.Attestation = webauthn.CredentialAttestation{} // who made the authenticator is not asked
	id := passkeyID(key.ID)
	if slices.ContainsFunc(f.Passkeys, func(k Passkey) bool { return k.ID == id }) {
		return nil, fmt.Errorf("%w: set up already", ErrPasskey)
	}
	f.Passkeys = append(f.Passkeys, Passkey{ID: id, Name: name, Added: now.UTC(), Key: *key})
	f.spend(session.Challenge, now)
	f.began(now)
	return f.firstCodes(), nil
}

// RemovePasskey takes a passkey away, and returns its name. ErrNotSetUp if there is none of the id.
func (f *Factors) RemovePasskey(id string) (name string, err error) {
	i := slices.IndexFunc(f.Passkeys, func(k Passkey) bool { return k.ID == id })
	if i < 0 {
		return "", ErrNotSetUp
	}
	name = f.Passkeys[i].Name
	f.Passkeys = slices.Delete(slices.Clone(f.Passkeys), i, i+1)
	f.tidy()
	return name, nil
}

// AskPasskey begins to ask for one of the owner's passkeys. ErrNotSetUp.
func (p *Party) AskPasskey(o Owner, f *Factors, now time.Time) (Ceremony, error) {
	if !p.Available() || len(f.Passkeys) == 0 {
		return Ceremony{}, ErrNotSetUp
	}
	options, session, err := p.rp.BeginLogin(f.person(o))
	if err != nil {
		return Ceremony{}, fmt.Errorf("secondfactor: ask for a passkey: %w", err)
	}
	return keep(session, options.Response, now)
}

// ProvePasskey takes the answer of one of the owner's passkeys. Each challenge is answered once.
// ErrPasskey.
func (p *Party) ProvePasskey(o Owner, f *Factors, held, answer []byte, now time.Time) error {
	if !p.Available() || len(f.Passkeys) == 0 {
		return ErrNotSetUp
	}
	session, err := f.resume(held, now)
	if err != nil {
		return err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrPasskey, err)
	}
	key, err := p.rp.ValidateLogin(f.person(o), session, parsed)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrPasskey, err)
	}
	if key.Authenticator.CloneWarning {
		return fmt.Errorf("%w: its counter went back", ErrPasskey)
	}
	for i := range f.Passkeys {
		if bytes.Equal(f.Passkeys[i].Key.ID, key.ID) {
			f.Passkeys[i].Key, f.Passkeys[i].Used = *key, now.UTC()
		}
	}
	f.spend(session.Challenge, now)
	return nil
}

// passkeyID names a passkey in addresses.
func passkeyID(credential []byte) string {
	sum := sha256.Sum256(credential)
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:10]))
}
