package attacks_test

import (
	"fmt"
	"strings"
	"testing"
)

// nothingKept looks at what all the attacks have left behind (VE-07): no key, token, password or
// signature is in the log, the ledger or an answer that was not asked for one.
func nothingKept(t *testing.T, w *town) {
	marks := []string{
		"BEGIN PRIVATE KEY", "BEGIN RSA PRIVATE KEY", "private_key", "ya29.", "X-Goog-Signature=", "x-goog-signature", "goroutine ", "__Host-bh-acme=ey",
		w.a.Admin.Password, w.a.Viewer.Password, w.twinA.Password, w.operator.Password,
		w.keyA.Key, w.keyB.Key, w.keyA.Key[len(w.keyA.Key)-24:], w.keyB.Key[len(w.keyB.Key)-24:],
	}
	tokens := map[string]bool{}
	for _, x := range w.said.since(0) {
		if strings.Contains(x.asked, "/api/v1/token") && x.status == 200 {
			in := read[struct{ IDToken, RefreshToken string }](t, x.body)
			tokens[in.IDToken], tokens[in.RefreshToken] = true, true
		}
	}
	for token := range tokens { // all of it, and what a token can be known by
		marks = append(marks, token, token[len(token)-24:])
	}
	kept := map[string]string{"the log": w.log.String(), "the world's log": w.World.Log()}
	for _, r := range w.rows(t, w.began) {
		kept["the ledger"] += fmt.Sprintf("%+v\n", r)
	}
	for _, mark := range marks {
		for where, text := range kept {
			if i := strings.Index(text, mark); i >= 0 {
				t.Errorf("%s keeps %.20q…: %s", where, mark, text[max(0, i-200):min(len(text), i+100)])
			}
		}
	}
	asked := 0 // answers that are to hold a secret: tokens, a session's cookie, a signed request
	for _, x := range w.said.since(0) {
		if x.status < 300 && (strings.Contains(x.asked, "/api/v1/token") || strings.Contains(x.asked, "/download") || strings.HasPrefix(x.asked, "POST ") && (strings.Contains(x.asked, "/uploads") || strings.Contains(x.asked, "/keys"))) {
			asked++
			continue
		}
		answered := x.answered()
		for _, mark := range marks {
			if strings.Contains(answered, mark) && !strings.Contains(x.asked, mark) {
				t.Errorf("an answer holds %.20q…: %.200s", mark, x.asked)
			}
		}
	}
	if len(tokens) < 10 || asked < 20 || len(kept["the log"]) < 1<<16 || len(kept["the ledger"]) < 1<<12 {
		t.Errorf("only %d tokens, %d secrets, %d bytes of log and %d of the ledger were there to look at",
			len(tokens), asked, len(kept["the log"]), len(kept["the ledger"]))
	}
}
