package sessions

import (
	"context"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/sessions"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/api"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// APISession is a session as the API shows one.
type APISession struct {
	ID      string    `json:"id" format:"id"`
	Device  string    `json:"device" doc:"In plain words, as the client says of itself."`
	Address string    `json:"address" doc:"From which it was last used."`
	Way     string    `json:"way" doc:"How it began: password, recovery, or oidc. and a provider."`
	Program bool      `json:"program" doc:"Its tokens were handed out over the API."`
	Began   time.Time `json:"began"`
	Seen    time.Time `json:"seen" doc:"When it was last used, to within five minutes; over the API, when it was last refreshed."`
	Current bool      `json:"current" doc:"It is the one that asks."`
}

type sessionsOutput struct {
	Body struct {
		Sessions []APISession `json:"sessions"`
		Next     string       `json:"next,omitempty" format:"cursor" doc:"Where the next part begins. Absent at the end."`
	}
}

// outputOf returns the part of a person's sessions that is asked for.
func outputOf(g vending.Grant, of tenant.UserID, in api.Part, all []sessions.Session) (*sessionsOutput, error) {
	out := new(sessionsOutput)
	out.Body.Sessions = []APISession{}
	part, next, err := api.Newest(g, "sessions of "+of.String(), in, all, func(s sessions.Session) (time.Time, string) { return s.Began, s.ID.String() })
	if err != nil {
		return nil, err
	}
	out.Body.Next = next
	for _, s := range part {
		out.Body.Sessions = append(out.Body.Sessions, APISession{
			s.ID.String(), s.Device, s.Address, s.Way.String(), s.Program, s.Began, s.Seen, s.ID == own(g),
		})
	}
	return out, nil
}

// ListAPI lists one's own sessions.
func (f Feature) ListAPI() api.Operation {
	return api.NewOperation("List one's own sessions, newest first", f.listAPI).Described(api.Doc{
		Says:  "A program that calls with an API key has none.",
		Given: "somebody has signed in over the API", Query: "limit=1",
		Answers: exampleSessions(true),
	})
}

func (f Feature) listAPI(ctx context.Context, g vending.Grant, in *api.Part) (*sessionsOutput, error) {
	who := g.Principal().User()
	if g.Principal().Method().IsProgram() { // it has none
		return outputOf(g, who, *in, nil)
	}
	all, err := f.ends.SessionsOf(ctx, g, who)
	if err != nil {
		return nil, err
	}
	return outputOf(g, who, *in, all)
}

// EndAPI ends one of one's own sessions.
func (f Feature) EndAPI() api.Operation {
	return api.NewOperation("End one of one's own sessions", f.endAPI).Described(api.Doc{
		Says:  "Within five seconds it opens nothing anywhere. It may be the one that asks.",
		Given: "somebody has signed in over the API", ID: exampleID,
	})
}

func (f Feature) endAPI(ctx context.Context, g vending.Grant, in *api.ID) (*struct{}, error) {
	id, err := parse(in.ID)
	if err != nil {
		return nil, err
	}
	if g.Principal().Method().IsProgram() {
		return nil, sessions.ErrNotFound
	}
	return nil, f.ends.EndSession(ctx, g, g.Principal().User(), id)
}

type endManyInput struct {
	Which string `query:"which" enum:"others,all" required:"true" doc:"all, or all but the one that asks."`
}

// EndManyAPI ends one's own sessions.
func (f Feature) EndManyAPI() api.Operation {
	return api.NewOperation("End one's own sessions", f.endManyAPI).Described(api.Doc{
		Says:  "Within five seconds they open nothing anywhere.",
		Given: "somebody has signed in over the API", Query: "which=others",
	})
}

func (f Feature) endManyAPI(ctx context.Context, g vending.Grant, in *endManyInput) (*struct{}, error) {
	switch {
	case g.Principal().Method().IsProgram():
		return nil, nil
	case in.Which == "others":
		return nil, f.ends.EndOtherSessions(ctx, g)
	}
	return nil, f.ends.EndSessions(ctx, g, g.Principal().User())
}

type listOfInput struct {
	api.ID
	api.Part
}

// ListOfAPI lists a person's sessions.
func (f Feature) ListOfAPI() api.Operation {
	return api.NewOperation("List a person's sessions, newest first", f.listOfAPI).Described(api.Doc{
		Says:  "It is for admins, and shows nothing that the person does not see.",
		Given: "the person has signed in over the API", ID: exampleUser, Query: "limit=1",
		Answers: exampleSessions(false),
	})
}

func (f Feature) listOfAPI(ctx context.Context, g vending.Grant, in *listOfInput) (*sessionsOutput, error) {
	u, err := door.ParseID(in.ID.ID, tenant.ParseUserID, "a person")
	if err != nil {
		return nil, err
	}
	all, err := f.ends.SessionsOf(ctx, g, u)
	if err != nil {
		return nil, err
	}
	return outputOf(g, u, in.Part, all)
}

type endOfInput struct {
	ID      string `path:"id"`
	Session string `query:"session" doc:"One of the person's sessions. Absent: all of them."`
}

// EndOfAPI ends a person's sessions.
func (f Feature) EndOfAPI() api.Operation {
	return api.NewOperation("End one session of a person, or all", f.endOfAPI).Described(api.Doc{
		Says: "Within five seconds it opens nothing anywhere.",
		ID:   exampleUser,
	})
}

func (f Feature) endOfAPI(ctx context.Context, g vending.Grant, in *endOfInput) (*struct{}, error) {
	u, err := door.ParseID(in.ID, tenant.ParseUserID, "a person")
	if err != nil {
		return nil, err
	}
	if in.Session == "" {
		return nil, f.ends.EndSessions(ctx, g, u)
	}
	id, err := parse(in.Session)
	if err != nil {
		return nil, err
	}
	return nil, f.ends.EndSession(ctx, g, u, id)
}
