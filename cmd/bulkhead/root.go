package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

// The exit statuses: see the command's own description.
const (
	unanswered    = 1
	found         = 1
	notUnderstood = 2
	unread        = 3
	notRevoked    = 4
)

// ended is how a command ends that does not end with status 0. What is to be said of it, err says;
// nil if all is said.
type ended struct {
	status int
	err    error
}

func (e *ended) Error() string { return fmt.Sprint(e.err) }

// run is the whole command. It returns the exit status.
func run(ctx context.Context, args []string, by caller) int {
	root := group("bulkhead", "Work with a running Bulkhead, and look for its keys in files",
		group("route", "Ask about routes", explainCommand(by)),
		group("keys", "Look after API keys", scanCommand(by)),
	)
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetArgs(append([]string{}, args...)) // never nil, which would be the process's own
	root.SetIn(by.in)
	root.SetOut(by.out)
	root.SetErr(by.errs)
	command, err := root.ExecuteContextC(ctx)
	if err == nil {
		return 0
	}
	end, ok := errors.AsType[*ended](err)
	if !ok {
		fmt.Fprintf(by.errs, "%v\n%s --help says what there is.\n", err, command.CommandPath())
		return notUnderstood
	}
	if end.err != nil {
		fmt.Fprintln(by.errs, end.err)
	}
	return end.status
}

// group is a command that has others. By itself it does nothing.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return errors.New("no command is named") },
	}
	c.AddCommand(commands...)
	return c
}

// choices completes a flag by these values.
func choices(c *cobra.Command, flag string, values ...string) {
	// It fails only for a flag that there is not, or twice.
	_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}
