package usage

import (
	"context"
	"log/slog"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/visit"
)

// Records keeps what people see of their sessions, and admins of API keys. It decides nothing.
type Records interface {
	// Begin notes that the grant's session has begun.
	Begin(ctx context.Context, g vending.Grant, u Use) error
	// Note notes that it is in use, without a read.
	Note(ctx context.Context, g vending.Grant, u Use) error
	// NoteKey notes that the grant's API key is in use, if that was not noted lately.
	NoteKey(ctx context.Context, g vending.Grant, u Use) error
}

// Use is how a session is being used.
type Use struct {
	Agent   string // the User-Agent
	Address string // of the client
	Program bool   // over the API
}

// Config is what a recorder is built from. All fields are required.
type Config struct {
	Records Records
	Logger  *slog.Logger
	Now     func() time.Time
}

// Recorder records the use of sessions and of API keys.
type Recorder struct{ config Config }

// New returns a recorder.
func New(c Config) Recorder { return Recorder{c} }

const (
	// recordEvery is how often the use of a session is recorded: one write, and no read.
	recordEvery = 5 * time.Minute
	// recordAgain is when that is tried again after it has failed.
	recordAgain = time.Minute
	// recordTime bounds what a record may cost a request.
	recordTime = 2 * time.Second
)

// Note records that a session is in use, if it was not recorded lately, and returns the session as
// it is from now on. A record that cannot be written is logged: it keeps nobody out.
func (r Recorder) Note(ctx context.Context, g vending.Grant, session sessioncookie.Session) sessioncookie.Session {
	now := r.config.Now()
	if age := now.Sub(session.Noted); age < recordEvery && age > -recordEvery {
		return session
	}
	session.Noted = now
	ctx, cancel := context.WithTimeout(ctx, recordTime)
	defer cancel()
	if err := r.config.Records.Note(ctx, g, useOf(ctx, false)); err != nil {
		r.config.Logger.WarnContext(ctx, "the use of a session is not recorded", "by", g.Principal(), "error", err)
		session.Noted = now.Add(recordAgain - recordEvery)
	}
	return session
}

// keyNoteTime bounds what the note of a key's use may cost one request a day.
const keyNoteTime = time.Second

// NoteKey records that an API key is in use, if it was not recorded lately. What cannot be recorded
// is logged: it keeps nobody out.
func (r Recorder) NoteKey(ctx context.Context, g vending.Grant) {
	if g.Principal().Method() != tenancy.ByAPIKey {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, keyNoteTime)
	defer cancel()
	if err := r.config.Records.NoteKey(ctx, g, useOf(ctx, true)); err != nil {
		r.config.Logger.WarnContext(ctx, "the use of an API key is not recorded", "by", g.Principal(), "error", err)
	}
}

// Begin records that a session in the tenant has begun, and returns when it did so: the zero time
// if it could not. grant obtains the session's grant, within the time that the record may cost.
// program says that a program has the session.
func (r Recorder) Begin(ctx context.Context, id tenant.ID, program bool, grant func(context.Context) (vending.Grant, error)) time.Time {
	ctx, cancel := context.WithTimeout(ctx, recordTime)
	defer cancel()
	g, err := grant(ctx)
	if err == nil {
		err = r.config.Records.Begin(ctx, g, useOf(ctx, program))
	}
	if err != nil {
		r.config.Logger.WarnContext(ctx, "the beginning of a session is not recorded", "tenant", id.String(), "error", err)
		return time.Time{}
	}
	return r.config.Now()
}

func useOf(ctx context.Context, program bool) Use {
	u := Use{Program: program}
	if v, ok := visit.Of(ctx); ok {
		u.Agent, u.Address = v.Agent, v.Address
	}
	return u
}
