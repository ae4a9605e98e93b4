package console

import (
	"net/http"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

const latestDenials = 8

type overviewView struct {
	Endpoints    []Endpoint
	OwnerKeyFile string
	Counts       []countView
	Denials      []iam.Decision
	Calls        int // all decisions that are remembered
}

type countView struct {
	Number    int
	Name, URL string
}

func (c *console) overview(*http.Request) (sheet, error) {
	buckets, err := c.Storage.Buckets()
	if err != nil {
		return sheet{}, err
	}
	mail, err := c.Identity.Mailbox(maxMail)
	if err != nil {
		return sheet{}, err
	}
	all := c.IAM.Decisions(everything)
	v := overviewView{Endpoints: c.Endpoints, OwnerKeyFile: c.OwnerKeyFile, Calls: len(all)}
	denials := 0
	for _, d := range all {
		if d.Allowed {
			continue
		}
		if denials++; denials <= latestDenials {
			v.Denials = append(v.Denials, d)
		}
	}
	v.Counts = []countView{
		{len(all), "decisions", "/decisions"},
		{denials, "denials", "/decisions?only=denied"},
		{len(c.IAM.Accounts()), "accounts", "/accounts"},
		{len(c.IAM.Policies()), "policies", "/policies"},
		{len(c.Firestore.Databases()), "databases", "/databases"},
		{len(buckets), "buckets", "/buckets"},
		{len(mail), "e-mails", "/mail"},
	}
	return sheet{Data: v}, nil
}
