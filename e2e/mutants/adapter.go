package main

// adapterMutants are defects in the way of a file to its inspection.
var adapterMutants = []mutant{
	{
		"a door takes a token that is for another service", "EV-01", "internal/tenancy/internal/idtoken/claims.go",
		"	case c.Use.Present:\n		return nil, errUse\n", "", "./internal/app", "TestServiceBReplays",
	},
	{
		"any account of the platform may push", "EV-01", "internal/tenancy/platformcall.go",
		" || who.Email != c.account", "", "./internal/app", "TestWhoMayPush",
	},
	{
		"a push is for any address", "EV-01", "internal/tenancy/platformcall.go",
		"ClientID: cfg.Audience,", "SkipClientIDCheck: true,", "./internal/app", "TestWhoMayPush",
	},
	{
		"a pool's object is whoever's its name says", "EV-01", "internal/controlplane/registry/registry.go",
		"t.Isolation == tenant.Pool && t.Bucket == bucket", "t.Isolation == tenant.Pool || t.Bucket != bucket", "./internal/app", "TestMessagesThatLie",
	},
	{
		"the Adapter's word counts for any file", "EV-01", "internal/inbox/inbox.go",
		"ticket.Upload != e.Data.Upload || ticket.Generation != e.Data.Generation", "false", "./internal/app", "TestMessagesThatLie",
	},
	{
		"a verdict counts for any generation", "EV-04", "internal/uploads/inspection.go",
		"	case d.Generation != 0 && d.Generation != r.Generation && r.State == string(Stored):\n		return r, false\n	case d.Moved.Step == events.Done && d.Generation != r.Generation:\n		return r, false // a verdict is of the generation that is stored, or of none\n", "", "./internal/app", "TestMessagesThatLie",
	},
	{
		"a late step undoes a verdict", "EV-04", "internal/uploads/inspection.go",
		"	if !now.After(was) && (", "	if false && (", "./internal/app", "TestMessagesThatLie",
	},
	{
		"anybody has a file inspected in its owner's name", "EV-03", "internal/uploads/handover.go",
		"u.Owner != r.caller.User() || hand == nil", "hand == nil", "./internal/app", "TestTheTokenHasDied",
	},
	{
		"a token that has died is used", "EV-01", "internal/forwarding/adapter.go",
		"!a.cfg.Now().Before(handed.Expires)", "false", "./internal/app", "TestTheTokenHasDied",
	},
	{
		"a file that came first is let go", "EV-01", "internal/forwarding/adapter.go",
		"		return ErrNotYet\n", "		return nil\n", "./internal/app", "TestTheFileIsFirst",
	},
	{
		"a credential follows where Service B leads", "EV-03", "internal/forwarding/adapter.go",
		"return http.ErrUseLastResponse }", "return nil }", "./internal/app", "TestServiceBIsDifficult",
	},
	{
		"a ticket opens any generation", "EV-01", "internal/uploads/handover.go",
		"	case u.Generation != generation:\n		return vending.SignedRequest{}, ErrNotFound\n", "", "./internal/app", "TestWhoOpensFiles",
	},
	{
		"what opens a file stays in the queue", "EV-01", "internal/app/worker.go",
		"		_ = w.jobs.Cancel(context.WithoutCancel(ctx), intent.ID) // if it stays, a worker finds nothing to do\n", "		_ = intent\n", "./internal/app", "TestWhoOpensFiles",
	},
}
