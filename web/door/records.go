package door

import (
	"context"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/identity"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/visit"
)

const (
	// recordEvery is how often the use of a session is recorded: one write, and no read.
	recordEvery = 5 * time.Minute
	// recordAgain is when that is tried again after it has failed.
	recordAgain = time.Minute
	// recordTime bounds what a record may cost a request.
	recordTime = 2 * time.Second
)

// note records that a session is in use, if it was not recorded lately, and returns the session as
// it is from now on. A record that cannot be written is logged: it keeps nobody out.
func (d *Door) note(ctx context.Context, g vending.Grant, session identity.Session) identity.Session {
	now := d.config.Now()
	if age := now.Sub(session.Noted); age < recordEvery && age > -recordEvery {
		return session
	}
	session.Noted = now
	ctx, cancel := context.WithTimeout(ctx, recordTime)
	defer cancel()
	if err := d.config.Records.Note(ctx, g, useOf(ctx, false)); err != nil {
		d.config.Logger.WarnContext(ctx, "the use of a session is not recorded", "by", g.Principal(), "error", err)
		session.Noted = now.Add(recordAgain - recordEvery)
	}
	return session
}

// keyNoteTime bounds what the note of a key's use may cost one request a day.
const keyNoteTime = time.Second

// noteKey records that an API key is in use, if it was not recorded lately. What cannot be recorded
// is logged: it keeps nobody out.
func (d *Door) noteKey(ctx context.Context, g vending.Grant) {
	if g.Principal().Method() != tenancy.ByAPIKey {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, keyNoteTime)
	defer cancel()
	if err := d.config.Records.NoteKey(ctx, g, useOf(ctx, true)); err != nil {
		d.config.Logger.WarnContext(ctx, "the use of an API key is not recorded", "by", g.Principal(), "error", err)
	}
}

// recordBegin records that the session of these tokens has begun, and returns when it did so: the
// zero time if it could not.
func (d *Door) recordBegin(ctx context.Context, t tenant.Tenant, tokens identity.Tokens, program bool) time.Time {
	ctx, cancel := context.WithTimeout(ctx, recordTime)
	defer cancel()
	err := func() error {
		p, err := d.config.Authenticator.Session(ctx, tenant.SelectID(t.ID), tokens.ID)
		if err != nil {
			return err
		}
		g, err := d.config.Machine.Vend(ctx, p)
		if err != nil {
			return err
		}
		return d.config.Records.Begin(ctx, g, useOf(ctx, program))
	}()
	if err != nil {
		d.config.Logger.WarnContext(ctx, "the beginning of a session is not recorded", "tenant", t.ID.String(), "error", err)
		return time.Time{}
	}
	return d.config.Now()
}

func useOf(ctx context.Context, program bool) Use {
	u := Use{Program: program}
	if v, ok := visit.Of(ctx); ok {
		u.Agent, u.Address = v.Agent, v.Address
	}
	return u
}

// RecordProgram records that tokens were handed to a program over the API: a session that its
// person can see and end.
func (s Sessions) RecordProgram(ctx context.Context, t tenant.Tenant, tokens identity.Tokens) {
	s.door.recordBegin(ctx, t, tokens, true)
}
