package dns

import (
	"strings"

	"github.com/miekg/dns"
)

// ttl is how long a resolver may keep an answer, in seconds. It is short: a person who adds a
// record wants to see it now.
const ttl = 1

// ServeDNS answers one question.
func (s *Server) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	s.mu.Lock()
	s.asked++
	close(s.came)
	s.came = make(chan struct{})
	s.mu.Unlock()
	if q.Opcode == dns.OpcodeQuery && len(q.Question) == 1 {
		switch s.fault(plain(q.Question[0].Name)) {
		case Silence:
			return
		case ServFail:
			_ = w.WriteMsg(new(dns.Msg).SetRcode(q, dns.RcodeServerFailure))
			return
		}
	}
	m := s.answer(q)
	size := dns.MinMsgSize
	if opt := q.IsEdns0(); opt != nil {
		m.SetEdns0(dns.DefaultMsgSize, false)
		size = max(size, min(int(opt.UDPSize()), dns.DefaultMsgSize))
	}
	if w.RemoteAddr().Network() == "tcp" {
		size = dns.MaxMsgSize
	}
	m.Truncate(size)
	_ = w.WriteMsg(m) // a caller that went away is no concern of ours
}

// fault is the fault of the name, or of the nearest one above it.
func (s *Server) fault(name string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if f, ok := s.faults[name]; ok {
			return f
		}
		_, above, ok := strings.Cut(name, ".")
		if !ok {
			return 0
		}
		name = above
	}
}

// answer is RFC 1034, section 4.3.2, for one zone.
func (s *Server) answer(q *dns.Msg) *dns.Msg {
	m := new(dns.Msg)
	switch {
	case q.Opcode != dns.OpcodeQuery:
		return m.SetRcode(q, dns.RcodeNotImplemented)
	case len(q.Question) != 1:
		return m.SetRcode(q, dns.RcodeFormatError)
	}
	ask := q.Question[0]
	name := plain(ask.Name)
	if ask.Qclass != dns.ClassINET || ask.Qtype == dns.TypeAXFR || ask.Qtype == dns.TypeIXFR || !inZone(name) {
		return m.SetRcode(q, dns.RcodeRefused)
	}
	m.SetReply(q)
	m.Authoritative = true
	values, exists := s.look(name)
	if !exists {
		m.Rcode = dns.RcodeNameError
	}
	if ask.Qtype == dns.TypeTXT || ask.Qtype == dns.TypeANY {
		for _, v := range values {
			m.Answer = append(m.Answer, &dns.TXT{Hdr: header(ask.Name, dns.TypeTXT), Txt: strings255(v)})
		}
	}
	if ask.Qtype == dns.TypeSOA && name == Zone {
		m.Answer = append(m.Answer, s.authority())
	}
	if len(m.Answer) == 0 {
		m.Ns = append(m.Ns, s.authority()) // RFC 2308: how long there is nothing
	}
	return m
}

// look returns the values of a name, and whether it exists: it has some, or a name beneath it has
// (RFC 8020).
func (s *Server) look(name string) (values []string, exists bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if values, exists = s.records[name]; exists || name == Zone {
		return values, true
	}
	for other := range s.records {
		if strings.HasSuffix(other, "."+name) {
			return nil, true
		}
	}
	return nil, false
}

// authority is the zone's SOA record.
func (s *Server) authority() *dns.SOA {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &dns.SOA{
		Hdr: header(dns.Fqdn(Zone), dns.TypeSOA), Ns: "ns." + dns.Fqdn(Zone), Mbox: "hostmaster." + dns.Fqdn(Zone),
		Serial: s.changes + 1, Refresh: 60, Retry: 60, Expire: 60, Minttl: ttl,
	}
}

func header(name string, kind uint16) dns.RR_Header {
	return dns.RR_Header{Name: name, Rrtype: kind, Class: dns.ClassINET, Ttl: ttl}
}

// strings255 splits a value into the strings of a TXT record, of 255 bytes at most. The library
// takes a backslash for an escape.
func strings255(v string) []string {
	var all []string
	for len(v) > 255 {
		all = append(all, escape(v[:255]))
		v = v[255:]
	}
	return append(all, escape(v))
}

func escape(s string) string { return strings.ReplaceAll(s, `\`, `\\`) }

// plain is a name in lower case and without a dot at the end.
func plain(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

func inZone(name string) bool { return name == Zone || strings.HasSuffix(name, "."+Zone) }
