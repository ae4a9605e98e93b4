package console

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"

	"github.com/bulkhead-saas/bulkhead/localcloud/diskfull"
	"github.com/bulkhead-saas/bulkhead/localcloud/dns"
)

// dnsView is the zone's records, and what a form said that was not taken.
type dnsView struct {
	Zone        string
	Address     string // of the server; empty: it is not known
	Records     []recordView
	Name, Value string
	Problem     string
}

// recordView is a record. A form names it by ID, for its value may be one that is not shown.
type recordView struct {
	dns.Record
	ID string
}

// dns shows the records, and takes the forms that add and remove one.
func (c *console) dns(r *http.Request) (sheet, error) {
	v := dnsView{Zone: dns.Zone, Address: c.endpoint(DNS)}
	code := 0
	if r.Method == http.MethodPost {
		switch err := c.changeDNS(r); {
		case err == nil:
			return sheet{Next: "/dns"}, nil
		case errors.Is(err, dns.ErrName), errors.Is(err, dns.ErrValue), errors.Is(err, dns.ErrMany):
			code, v.Problem = http.StatusUnprocessableEntity, "Nothing was changed: "+err.Error()+"."
		case errors.As(err, new(*http.MaxBytesError)):
			code, v.Problem = http.StatusRequestEntityTooLarge, "Nothing was changed: the form is too large."
		case diskfull.Is(err):
			code, v.Problem = http.StatusInsufficientStorage, diskfull.Message
		default:
			return sheet{}, err
		}
		v.Name = hide(r.PostFormValue("name"))
		v.Value = hide(r.PostFormValue("value"))
	}
	v.Records = c.records()
	return sheet{Data: v, Status: code}, nil
}

// changeDNS does what a form asks for. Removing what is not there any more is no error.
func (c *console) changeDNS(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	switch r.PostFormValue("do") {
	case "add":
		return c.DNS.Add(r.PostFormValue("name"), r.PostFormValue("value"))
	case "remove":
		for _, record := range c.records() {
			if record.ID == r.PostFormValue("record") {
				return c.DNS.Remove(record.Name, record.Value)
			}
		}
		return nil
	}
	return errNothing
}

func (c *console) records() []recordView {
	var all []recordView
	for _, record := range c.DNS.Records() {
		sum := sha256.Sum256([]byte(record.Name + "\x00" + record.Value))
		all = append(all, recordView{record, hex.EncodeToString(sum[:])})
	}
	return all
}
