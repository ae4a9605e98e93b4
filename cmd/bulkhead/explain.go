package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/go-json-experiment/json"
)

// question is what the command asks.
type question struct{ app, tenant, route, credential, flaw, role string }

// maxAnswer is the longest answer that is read, in bytes.
const maxAnswer = 1 << 20

// ask asks the API. Its error is a sentence for people and does not hold the token.
func (q question) ask(ctx context.Context, token string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	query := url.Values{"route": {q.route}, "credential": {q.credential}, "flaw": {q.flaw}, "role": {q.role}}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, q.app+"/api/v1/explanations?"+query.Encode(), http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("%q is no address: %w", q.app, err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("X-TenantId", q.tenant)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, fmt.Errorf("ask Bulkhead: %w", err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("the answer was cut short: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		var problem struct {
			Detail    string `json:"detail"`
			RequestID string `json:"requestId"`
		}
		if json.Unmarshal(body, &problem) != nil || problem.Detail == "" {
			return nil, fmt.Errorf("the answer is %d, and no problem that Bulkhead describes", answer.StatusCode)
		}
		return nil, fmt.Errorf("%s (%d, request %s)", problem.Detail, answer.StatusCode, problem.RequestID)
	}
	return body, nil
}

// show writes the answer for people.
func show(out io.Writer, q question, body []byte) error {
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
