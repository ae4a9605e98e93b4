package iam

import (
	"encoding/json"
	"fmt"
	"maps"

	"cloud.google.com/go/iam/apiv1/iampb"
	"go.etcd.io/bbolt"
	"google.golang.org/protobuf/encoding/protojson"
)

// The buckets of the database, and what their keys are.
var (
	accountsBucket = []byte("iam.accounts") // e-mail
	policiesBucket = []byte("iam.policies") // holder
	tokensBucket   = []byte("iam.tokens")   // SHA-256 of the token
	secretsBucket  = []byte("iam.secrets")  // name
	rolesBucket    = []byte("iam.roles")    // name
	projectsBucket = []byte("iam.projects") // id; the first project is not among them
)

// state is what the service knows. Its values are never changed, only replaced.
type state struct {
	projects    map[string]bool // by id
	accounts    map[string]*account
	customRoles map[string]*customRole // deleted ones too
	granting    map[string]*role       // every role that a binding may name, the predefined ones too
	policies    map[string]*policy
	tokens      map[tokenHash]*token
	issuer      *signingKey // nil until an ID token is wanted
}

// load reads the whole state.
func (s *Service) load() error {
	s.state = state{
		projects:    map[string]bool{s.cfg.Project: true},
		accounts:    map[string]*account{},
		customRoles: map[string]*customRole{},
		granting:    maps.Clone(roles),
		policies:    map[string]*policy{},
		tokens:      map[tokenHash]*token{},
	}
	return s.cfg.DB.Update(func(btx *bbolt.Tx) error {
		readers := []struct {
			bucket []byte
			read   func(k, v []byte) error
		}{
			{projectsBucket, s.loadProject},
			{accountsBucket, s.loadAccount},
			{rolesBucket, s.loadRole},
			{policiesBucket, s.loadPolicy}, // which name roles
			{tokensBucket, s.loadToken},
			{secretsBucket, s.loadSecret},
		}
		for _, r := range readers {
			b, err := btx.CreateBucketIfNotExists(r.bucket)
			if err != nil {
				return err
			}
			if err := b.ForEach(r.read); err != nil {
				return fmt.Errorf("iam: reading %s: %w", r.bucket, err)
			}
		}
		return nil
	})
}

func (s *Service) loadProject(k, _ []byte) error {
	s.state.projects[string(k)] = true
	return nil
}

func (s *Service) loadAccount(_, v []byte) error {
	a := new(account)
	if err := json.Unmarshal(v, a); err != nil {
		return err
	}
	for _, k := range a.Keys {
		if err := k.parse(); err != nil {
			return err
		}
	}
	s.state.accounts[a.Email] = a
	return nil
}

func (s *Service) loadRole(_, v []byte) error {
	c := new(customRole)
	if err := json.Unmarshal(v, c); err != nil {
		return err
	}
	s.state.setRole(c)
	return nil
}

func (st *state) setRole(c *customRole) {
	st.customRoles[c.Name], st.granting[c.Name] = c, c.role()
}

func (s *Service) loadPolicy(k, v []byte) error {
	pb := new(iampb.Policy)
	if err := protojson.Unmarshal(v, pb); err != nil {
		return err
	}
	p, err := s.compilePolicy(pb)
	if err != nil {
		return fmt.Errorf("policy of %s: %w", k, err)
	}
	s.state.policies[string(k)] = p
	return nil
}

func (s *Service) loadToken(k, v []byte) error {
	t := new(token)
	if err := json.Unmarshal(v, t); err != nil {
		return err
	}
	s.state.tokens[tokenHash(k)] = t
	return nil
}

func (s *Service) loadSecret(k, v []byte) (err error) {
	if string(k) == issuerSecret {
		s.state.issuer, err = parseSigningKey(v)
	}
	return err
}

// change is one transaction. Its writes go to the database at once, and to the service's state
// after the commit.
type change struct {
	s     *Service
	btx   *bbolt.Tx
	apply []func(*state)
}

// update runs fn as one change: when fn or the commit fails, nothing has changed. Changes run one
// at a time, so what fn reads of the state stays true until it is done.
func (s *Service) update(fn func(*change) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	c := &change{s: s}
	if err := s.cfg.DB.Update(func(btx *bbolt.Tx) error {
		c.btx = btx
		return fn(c)
	}); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, apply := range c.apply {
		apply(&s.state)
	}
	return nil
}

func (c *change) put(bucket, key, value []byte, apply func(*state)) error {
	c.apply = append(c.apply, apply)
	return c.btx.Bucket(bucket).Put(key, value)
}

func (c *change) delete(bucket, key []byte, apply func(*state)) error {
	c.apply = append(c.apply, apply)
	return c.btx.Bucket(bucket).Delete(key)
}

func (c *change) putAccount(a *account) error {
	v, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return c.put(accountsBucket, []byte(a.Email), v, func(st *state) {
		c.s.accountsSeen.changed(a.Email, st.accounts[a.Email], c.s.cfg.Now())
		st.accounts[a.Email] = a
	})
}

func (c *change) deleteAccount(email string) error {
	return c.delete(accountsBucket, []byte(email), func(st *state) {
		c.s.accountsSeen.changed(email, st.accounts[email], c.s.cfg.Now())
		delete(st.accounts, email)
	})
}

func (c *change) putRole(r *customRole) error {
	v, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return c.put(rolesBucket, []byte(r.Name), v, func(st *state) { st.setRole(r) })
}

func (c *change) putPolicy(holder string, p *policy) error {
	v, err := protojson.Marshal(p.pb)
	if err != nil {
		return err
	}
	return c.put(policiesBucket, []byte(holder), v, func(st *state) {
		c.s.policiesSeen.changed(holder, st.policies[holder], c.s.cfg.Now())
		st.policies[holder] = p
	})
}

func (c *change) deletePolicy(holder string) error {
	return c.delete(policiesBucket, []byte(holder), func(st *state) {
		delete(st.policies, holder)
		c.s.policiesSeen.settle(holder)
	})
}

func (c *change) putToken(h tokenHash, t *token) error {
	v, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return c.put(tokensBucket, h[:], v, func(st *state) { st.tokens[h] = t })
}

func (c *change) deleteToken(h tokenHash) error {
	return c.delete(tokensBucket, h[:], func(st *state) { delete(st.tokens, h) })
}
