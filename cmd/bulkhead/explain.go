package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"
)

// question is what `route explain` asks.
type question struct{ tenant, route, credential, flaw, role, factor string }

func explainCommand(by caller) *cobra.Command {
	to := client{token: by.token}
	var q question
	var asJSON bool
	c := &cobra.Command{
		Use:   `explain --tenant NAME --route "METHOD PATH"`,
		Short: "Say who gets in at a route, and which rule decides",
		Long: "Say who gets in at a route, and which rule decides. The rules that serve are asked.\n" +
			"BULKHEAD_TOKEN holds the ID token of an admin of the workspace.\n\n" +
			"Exit status: 0 if the question was answered, 1 if it was not, 2 if the command was not understood.",
		Example: `  bulkhead route explain --tenant acme --route "GET /api/v1/users" --credential key --role viewer`,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if q.route == "" {
				return errors.New("no route is named: --route")
			}
			if err := to.check(); err != nil {
				return err
			}
			q.tenant = to.tenant
			query := url.Values{"route": {q.route}, "credential": {q.credential}, "flaw": {q.flaw}, "role": {q.role}, "factor": {q.factor}}
			body, err := to.call(c.Context(), http.MethodGet, "/api/v1/explanations?"+query.Encode())
			if err == nil && asJSON {
				_, err = by.out.Write(body)
			} else if err == nil {
				err = q.show(by.out, body)
			}
			if err != nil {
				return &ended{unanswered, err}
			}
			return nil
		},
	}
	to.flags(c)
	flags := c.Flags()
	flags.StringVar(&q.route, "route", "", `the route, as the table has it: "GET /t/:tenant/files"`)
	flags.StringVar(&q.credential, "credential", "session", "the kind of credential")
	flags.StringVar(&q.flaw, "flaw", "right", "what is wrong with it")
	flags.StringVar(&q.role, "role", "viewer", "the role of who holds it")
	flags.StringVar(&q.factor, "second-factor", "none", "the second factor of its session")
	flags.BoolVar(&asJSON, "json", false, "print the answer as JSON")
	choices(c, "route")
	choices(c, "credential", "none", "session", "token", "key", "access", "person", "operator-session")
	choices(c, "flaw", "right", "malformed", "expired", "foreign")
	choices(c, "role", "viewer", "editor", "admin")
	choices(c, "second-factor", "none", "proven")
	return c
}

// show writes the answer for people.
func (q question) show(out io.Writer, body []byte) error {
	var a struct {
		Allowed bool   `json:"allowed"`
		Policy  string `json:"policy"`
		Status  int    `json:"status"`
		Code    string `json:"code"`
		Detail  string `json:"detail"`
		Rules   []struct {
			Name    string `json:"name"`
			Where   string `json:"where"`
			Outcome string `json:"outcome"`
			Detail  string `json:"detail"`
		} `json:"rules"`
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return errors.New("the answer is none that this command understands")
	}
	verdict := "gets in"
	if !a.Allowed {
		verdict = fmt.Sprintf("does not get in: %d %s: %s", a.Status, a.Code, a.Detail)
	}
	_, err := fmt.Fprintf(out, "%s (%s) in %s, with %s (%s) of a %s: %s\n\n",
		q.route, a.Policy, q.tenant, q.credential, q.flaw, q.role, verdict)
	for _, r := range a.Rules {
		if r.Detail != "" {
			r.Name += ": " + r.Detail
		}
		_, lineErr := fmt.Fprintf(out, "%-22s %s (%s)\n", r.Outcome, r.Name, r.Where)
		err = errors.Join(err, lineErr)
	}
	return err
}
