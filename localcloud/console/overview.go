package console

import (
	"net/http"
	"slices"
)

const latestDenials = 8

type overviewView struct {
	Endpoints []Endpoint
	Projects  []Project
	Counts    []countView
	Denials   []line
	Calls     int  // all decisions that are remembered
	CanTry    bool // there is somebody whose key can be tried
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
	sent, err := c.Mail.Count()
	if err != nil {
		return sheet{}, err
	}
	all := c.lines()
	v := overviewView{Endpoints: c.Endpoints, Projects: c.Projects(), Calls: calls(all), CanTry: c.canTry()}
	denied := slices.DeleteFunc(slices.Clone(all), func(r line) bool { return r.Allowed })
	v.Denials = denied[:min(latestDenials, len(denied))]
	v.Counts = []countView{
		{v.Calls, "decision", "decisions", "/decisions?housekeeping=show"},
		{calls(denied), "denial", "denials", "/decisions?only=denied"},
		{len(c.IAM.Accounts()), "account", "accounts", "/accounts"},
		{len(c.IAM.Policies()), "policy", "policies", "/policies"},
		{len(c.Firestore.Databases()), "database", "databases", "/databases"},
		{len(buckets), "bucket", "buckets", "/buckets"},
		{len(topics), "topic", "topics", "/topics"},
		{len(c.Scheduler.Jobs()), "job", "jobs", "/jobs"},
		{sent + len(mail), "e-mail", "e-mails", "/mail"},
		{len(c.DNS.Records()), "DNS record", "DNS records", "/dns"},
	}
	return sheet{Data: v}, nil
}
