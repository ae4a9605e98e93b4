package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/bulkhead-saas/bulkhead/internal/keyscan"
)

// revocation is what became of a key that was to be revoked.
type revocation struct {
	KeyID   string `json:"keyId"`
	Outcome string `json:"outcome"` // see below
	Detail  string `json:"detail"`  // for people
}

// The outcomes.
const (
	revoked   = "revoked" // now or before
	unknown   = "unknown" // the workspace has no such key, or takes it no more
	failed    = "failed"
	notTried  = "not_tried"  // after a failure that all others would share
	notAgreed = "not_agreed" // the question was not answered with the workspace's name
)

// revokeAll names the target, asks, and revokes the keys one after the other. A key that the
// workspace does not have does not stop the others.
func (s scan) revokeAll(ctx context.Context, report keyscan.Report, keys []string) []revocation {
	if ctx.Err() != nil {
		return rest(keys, notTried, "not revoked: the search was interrupted")
	}
	s.nameTarget(report, keys)
	if !s.yes && !s.agreed() {
		fmt.Fprintln(s.by.errs, "That is not the workspace's name. No key is revoked.")
		return rest(keys, notAgreed, "not revoked: nobody agreed")
	}
	var done []revocation
	for i, id := range keys {
		r, goOn := s.revokeOne(ctx, id)
		done = append(done, r)
		if !goOn {
			return append(done, rest(keys[i+1:], notTried, "not revoked: not tried after the failure before it")...)
		}
	}
	return done
}

// revokeOne revokes a key. goOn is false after a failure that all others would share.
func (s scan) revokeOne(ctx context.Context, id string) (r revocation, goOn bool) {
	if s.held != nil {
		return s.endOne(ctx, id)
	}
	_, err := s.to.call(ctx, http.MethodDelete, "/api/v1/keys/"+id)
	refusal, answered := errors.AsType[*problem](err)
	switch {
	case err == nil:
		return revocation{id, revoked, "revoked"}, true
	case answered && refusal.status == http.StatusNotFound:
		return revocation{id, unknown, fmt.Sprintf("not revoked: the workspace %s has no such key; it is another's, or never was: %v", s.to.tenant, err)}, true
	}
	return revocation{id, failed, fmt.Sprintf("not revoked: %v", err)},
		answered && refusal.status != http.StatusUnauthorized && refusal.status != http.StatusForbidden
}

// endOne has a key end itself. Of several texts that have its id, one is the key.
func (s scan) endOne(ctx context.Context, id string) (r revocation, goOn bool) {
	var err error
	for _, text := range s.held.texts[id] {
		as := client{s.to.app, s.to.tenant, text}
		if _, err = as.call(ctx, http.MethodDelete, "/api/v1/own-key"); err == nil {
			return revocation{id, revoked, "revoked"}, true
		}
		if refusal, answered := errors.AsType[*problem](err); !answered || refusal.status != http.StatusUnauthorized {
			return revocation{id, failed, fmt.Sprintf("not revoked: %v", err)}, answered
		}
	}
	return revocation{id, unknown, fmt.Sprintf("not revoked: the workspace %s takes no such key; it has ended, is another's, or never was: %v", s.to.tenant, err)}, true
}

// held are the texts of the keys that were found, by their ids. They are sent to their own
// workspace, and neither printed nor kept.
type held struct {
	mu    sync.Mutex
	texts map[string][]string
}

func (h *held) add(id, key string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.Contains(h.texts[id], key) {
		h.texts[id] = append(h.texts[id], key)
	}
}

func rest(keys []string, outcome, detail string) []revocation {
	var all []revocation
	for _, id := range keys {
		all = append(all, revocation{id, outcome, detail})
	}
	return all
}

// nameTarget says what is about to be done, to which keys, and where.
func (s scan) nameTarget(report keyscan.Report, keys []string) {
	fmt.Fprintf(s.by.errs, "These keys of the workspace %s at %s are to be revoked. What uses them stops working at once, and they do not come back:\n",
		printable(s.to.tenant), s.to.app)
	for _, id := range keys {
		var paths []string
		for _, p := range report.Places {
			if p.KeyID == id {
				paths = append(paths, printable(p.Path))
			}
		}
		more := ""
		if n := len(paths) - 1; n > 0 {
			more = fmt.Sprintf(" and %d more", n)
		}
		fmt.Fprintf(s.by.errs, "  %s, in %s%s\n", id, paths[0], more)
	}
}

// agreed asks for the workspace's name, and reports whether it was typed.
func (s scan) agreed() bool {
	fmt.Fprint(s.by.errs, "Type the workspace's name to revoke them: ")
	typed, _ := bufio.NewReader(s.by.in).ReadString('\n') // an end without a line break is an answer too
	return strings.TrimSpace(typed) == s.to.tenant
}
