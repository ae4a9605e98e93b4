package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/bulkhead-saas/bulkhead/internal/keyscan"
	"github.com/bulkhead-saas/bulkhead/internal/keytext"
)

// scan is one `keys scan`.
type scan struct {
	by     caller
	to     client
	json   bool
	revoke bool
	yes    bool
	limit  int64
	held   *held // keys that were found, to revoke each by itself; nil: an admin revokes them
}

const scanHelp = `Find API keys in files. A PATH is a file, a folder or -, the standard input.

Files of every kind are searched, in all folders below; links are not followed. In a Git
repository that is what is checked out: pipe "git log -p --all" in to search the history.
Archives and compressed files are not opened.

For each place it is said whether the key's checksum holds. Keys that were made before
there were checksums have none; they count as found. A key whose checksum is wrong opens
nothing: it is listed and does not count.

With --revoke, each key that was found is revoked in the workspace that --tenant names.
What uses it stops working at once, and no key comes back. The workspace's name must be
typed first; --yes does without. Each key is sent to the workspace, and ends itself. Where
BULKHEAD_TOKEN holds the ID token of an admin, no key is sent: the admin revokes them.

Exit status, the highest that holds:
  0  no key was found
  1  a key was found
  2  the command was not understood
  3  not everything could be searched, or the report could not be written
  4  a key that was found is not revoked, as --revoke wanted`

func scanCommand(by caller) *cobra.Command {
	s := scan{by: by, to: client{token: by.token}}
	c := &cobra.Command{
		Use:     "scan PATH...",
		Short:   "Find API keys in files, and revoke them",
		Long:    scanHelp,
		Example: "  bulkhead keys scan .\n  git log -p --all | bulkhead keys scan -\n  bulkhead keys scan --revoke --tenant acme --app https://app.example.com .",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(c *cobra.Command, paths []string) error { return s.run(c.Context(), paths) },
	}
	s.to.flags(c)
	flags := c.Flags()
	flags.BoolVar(&s.json, "json", false, "print one JSON document on stdout")
	flags.BoolVar(&s.revoke, "revoke", false, "revoke the keys that are found")
	flags.BoolVar(&s.yes, "yes", false, "do not ask before revoking")
	flags.Int64Var(&s.limit, "max-file", keyscan.DefaultMaxFile, "how much of each file is searched, in bytes")
	return c
}

func (s scan) run(ctx context.Context, paths []string) error {
	if s.limit <= 0 {
		return errors.New("--max-file is a number of bytes above zero")
	}
	if s.revoke {
		if err := s.to.checkTarget(); err != nil {
			return err
		}
		if !s.yes && slices.Contains(paths, "-") {
			return errors.New("with - the question before revoking cannot be answered: add --yes")
		}
	}
	options := keyscan.Options{MaxFile: s.limit, Stdin: s.by.in}
	if s.revoke && s.to.token == "" {
		s.held = &held{texts: map[string][]string{}}
		options.Keys = s.held.add
	}
	report := keyscan.Scan(ctx, paths, options)
	for _, u := range report.Unread {
		fmt.Fprintf(s.by.errs, "%s: not searched: %s\n", printable(u.Path), printable(u.Reason))
	}
	keys := keysOf(report)
	var done []revocation
	if s.revoke && len(keys) > 0 {
		done = s.revokeAll(ctx, report, keys)
	}
	end := &ended{}
	if len(keys) > 0 {
		end.status = found
	}
	if len(report.Unread) > 0 {
		end.status = unread
	}
	if err := s.print(report, done); err != nil {
		end.status, end.err = unread, fmt.Errorf("the report could not be written: %w", err)
	}
	if slices.ContainsFunc(done, func(r revocation) bool { return r.Outcome != revoked }) {
		end.status = notRevoked
	}
	fmt.Fprintf(s.by.errs, "keys found: %d; files searched: %d; links, devices and Git object stores left alone: %d\n",
		len(keys), report.Files, report.Left)
	if end.status == 0 {
		return nil
	}
	return end
}

// keysOf are the ids of the keys that were found, each once, in the report's order. What has a
// wrong checksum is no key.
func keysOf(r keyscan.Report) []string {
	var ids []string
	for _, p := range r.Places {
		if p.Checksum != keytext.Wrong && !slices.Contains(ids, p.KeyID) {
			ids = append(ids, p.KeyID)
		}
	}
	return ids
}
