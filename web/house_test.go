package web_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// TestHouse runs on one local cloud, for starting it is the dear part. Stories that change people
// add their own.
func TestHouse(t *testing.T) {
	t.Parallel()
	h := webtest.Open(t)
	for name, story := range map[string]func(*testing.T, *webtest.House){
		"signing in and out":             signingInAndOut,
		"signing out without a refresh":  signingOutNeedsNoRefresh,
		"a client that has gone":         clientGone,
		"refused at the door":            refusedAtTheDoor,
		"signing in again":               signingInAgain,
		"a new password":                 newPassword,
		"home":                           home,
		"sessions end":                   sessionsEnd,
		"a session of another workspace": sessionOfAnotherWorkspace,
		"a changed role":                 changedRole,
		"a disabled person":              disabledPerson,
		"every route, a foreign tenant":  foreignTenant,
		"every route, too low a role":    tooLowARole,
		"what does not select a tenant":  otherSelectors,
		"foreign and missing":            foreignAndMissing,
		"tokens":                         tokens,
		"operators":                      operators,
		"neighbours":                     neighbours,
		"strangers":                      strangers,
		"ledger":                         ledgerStory,
		"alerts":                         alertsStory,
		"reaching across":                reachingAcross,
		"jobs":                           jobsStory,
		"bodies of the API":              apiBodies,
		"files of the API":               apiFiles,
		"people of the API":              apiPeople,
		"files on pages":                 filesOnPages,
		"files renamed and moved":        filesMoved,
		"files in the bin":               filesBinned,
		"files replaced":                 filesReplaced,
		"a file within its page":         filesShown,
		"people on pages":                peopleOnPages,
		"every route, an API key":        keysAtEveryRoute,
		"hosts":                          hosts,
		"API keys of the API":            keysOfTheAPI,
		"API keys on pages":              keysOnPages,
		"no secret in the log":           noSecretInTheLog,
	} {
		t.Run(name, func(t *testing.T) { story(t, h) })
	}
}
