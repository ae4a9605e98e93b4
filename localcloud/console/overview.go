package console

import (
	"net/http"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

const latestDenials = 8

type overviewView struct {
	Endpoints []Endpoint
	Projects  []Project
	Counts    []countView
	Denials   []iam.Decision
	Calls     int // all decisions that are remembered
}

type countView struct {
	Number    int
	One, Many string
	URL       string
}

func (c *console) overview(*http.Request) (sheet, error) {
	buckets, err := c.Storage.Buckets()
	if err != nil {
		return sheet{}, err
	}
	topics, err := c.PubSub.Topics()
	if err != nil {
		return sheet{}, err
	}
	mail, err := c.Identity.Mailbox(maxMail)
	if err != nil {
		return sheet{}, err
	}
	all := c.IAM.Decisions(everything)
	v := overviewView{Endpoints: c.Endpoints, Projects: c.Projects(), Calls: len(all)}
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
		{len(all), "decision", "decisions", "/decisions"},
		{denials, "denial", "denials", "/decisions?only=denied"},
		{len(c.IAM.Accounts()), "account", "accounts", "/accounts"},
		{len(c.IAM.Policies()), "policy", "policies", "/policies"},
		{len(c.Firestore.Databases()), "database", "databases", "/databases"},
		{len(buckets), "bucket", "buckets", "/buckets"},
		{len(topics), "topic", "topics", "/topics"},
		{len(c.Scheduler.Jobs()), "job", "jobs", "/jobs"},
		{len(mail), "e-mail", "e-mails", "/mail"},
	}
	return sheet{Data: v}, nil
}
