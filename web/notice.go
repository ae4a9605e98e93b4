package web

import "github.com/bulkhead-saas/bulkhead/web/view"

// Notices travel from a form to the page that follows it as a code in the address, out of this closed set: nobody can put
// their own words on our pages.
const (
	signedOut   = "signed-out"
	sessionOver = "session-over"
	fileDeleted = "file-deleted"
	roleChanged = "role-changed"
	alertClosed = "alert-closed"
	keyRevoked  = "key-revoked"
)

var noticeTexts = map[string]string{
	signedOut:   "You have signed out.",
	sessionOver: "Your session has ended. Please sign in again.",
	fileDeleted: "The file is deleted.",
	roleChanged: "The role is changed.",
	keyRevoked:  "The key is revoked. Within five seconds nobody gets in with it.",
	alertClosed: "The alert is closed. It stays in the ledger.",
}

// noticeOf returns the notice of a code; the zero Notice, which shows nothing, if there is none.
func noticeOf(code string) view.Notice { return view.Notice{Text: noticeTexts[code]} }
