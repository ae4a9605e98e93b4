package main

import (
	"context"
	"fmt"
	"time"

	"github.com/bulkhead-saas/bulkhead/e2e/bench/rounds"
)

// reads are the requests that the servers are asked: each of these people reads their own record.
func reads(people map[*user]*customer) [][]byte {
	var requests [][]byte
	for u, t := range people {
		requests = append(requests, get("/api/v1/users/"+u.ID, "Authorization: Bearer "+u.Token, "X-TenantId: "+t.ID))
	}
	return requests
}

// of returns the people of these tenants.
func of(tenants ...*customer) map[*user]*customer {
	people := make(map[*user]*customer)
	for _, t := range tenants {
		for _, u := range t.Users {
			people[u] = t
		}
	}
	return people
}

// server starts a server and opens connections to it.
func (b *bench) server(role string, p plan, requests ...[]byte) (*target, error) {
	c, addr, err := b.serve(role, p)
	if err != nil {
		return nil, err
	}
	return load(role, addr, []*child{c}, requests...)
}

// layer measures what tenancy and vending add to a request that does nothing else.
func (b *bench) layer(ctx context.Context) error {
	c, err := b.theCloud(ctx)
	if err != nil {
		return err
	}
	requests := reads(of(c.Tenants...))
	bare, err := b.server(bareServer, c.plan(), requests...)
	if err != nil {
		return err
	}
	defer bare.close()
	layer, err := b.server(layerServer, c.plan(), requests...)
	if err != nil {
		return err
	}
	defer layer.close()
	turn := n(b, 600*time.Millisecond, 300*time.Millisecond)
	all, err := rounds.Paired(n(b, 15, 9), bare.turn(turn), layer.turn(turn))
	if err != nil {
		return err
	}
	row := rounds.Rated("4", "Echo behind tenancy and vending", "bare Echo", all[0])
	rate, _ := all[0].Ratio(rounds.Rate)
	used, _ := all[0].Ratio(rounds.CPUPer)
	row.AtLeast("rps", rate.Median, 0.88)
	row.AtMost("CPU", used.Median, 1.15)
	b.row(row)
	return nil
}

// endToEnd reads one document through the whole front door, and through one that was written for a
// single tenant.
func (b *bench) endToEnd(ctx context.Context) error {
	c, err := b.theCloud(ctx)
	if err != nil {
		return err
	}
	one := reads(of(c.Tenants[0]))
	single, err := b.server(singleServer, c.plan(), one...)
	if err != nil {
		return err
	}
	defer single.close()
	sdk, err := b.server(sdkServer, c.plan(), one...)
	if err != nil {
		return err
	}
	defer sdk.close()
	multi, err := b.server(multiServer, c.plan(), reads(of(c.Tenants...))...)
	if err != nil {
		return err
	}
	defer multi.close()

	turn := n(b, 600*time.Millisecond, 300*time.Millisecond)
	all, err := rounds.Paired(n(b, 39, 9), single.turn(turn), multi.turn(turn))
	if err != nil {
		return err
	}
	row := rounds.Rated("5", "one document read, end to end", "the handlers for one tenant", all[0])
	rate, _ := all[0].Ratio(rounds.Rate)
	used, _ := all[0].Ratio(rounds.CPUPer)
	row.AtLeast("rps", rate.Median, 0.97)
	row.AtMost("CPU", used.Median, 1.05)
	b.row(row)

	slow, control := all[0].Ratio(rounds.Slow)
	row = rounds.Row{
		Goal: "5", What: fmt.Sprintf("its p99, %d at a time, %d rounds", connections, all[0].Rounds()),
		Peer: "the handlers for one tenant",
		Ours: fmt.Sprintf("%.1f ms", all[0].Ours(rounds.Slow)/1e6), Theirs: fmt.Sprintf("%.1f ms", all[0].Peer(rounds.Slow)/1e6),
		Ratio: slow.String(), AA: control.String(),
	}
	row.AtMost("p99", slow.Median, 1.1)
	b.row(row)

	if all, err = rounds.Paired(n(b, 9, 9), sdk.turn(turn), multi.turn(turn)); err != nil {
		return err
	}
	row = rounds.Rated("5", "one document read, end to end", "one tenant, SDK verifies each", all[0])
	rate, _ = all[0].Ratio(rounds.Rate)
	row.AtLeast("rps", rate.Median, 1.3)
	b.row(row)
	return nil
}
