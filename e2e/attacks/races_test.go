package attacks_test

import (
	"flag"
	"fmt"
	"net/http"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

var together = flag.Int("together", 0, "how many `requests` race each other; 0: as many as a small machine answers in some seconds")

// rush runs do for as many as race each other, few if nothing else is asked for.
func rush(few int, do func(i int)) {
	if *together > 0 {
		crowdOf(*together, *together, do)
		return
	}
	crowd(few, do)
}

// races: what is looked at and then done, by many at once (RP-05). Admins who demote each other
// leave an admin. A file that is deleted while it is completed is either there or gone.
func races(t *testing.T, w *town) {
	const crowdOfAdmins = 6
	admins := []caller{w.as(t, w.c.Admin)}
	ids := []string{w.c.Admin.ID.String()}
	for i := range crowdOfAdmins - 1 {
		p := w.Add(t, w.c, fmt.Sprintf("admin-%d@initech.test", i), tenant.Admin)
		admins, ids = append(admins, w.as(t, p)), append(ids, p.ID.String())
	}
	rush(4*crowdOfAdmins, func(i int) {
		by, whom := admins[i%crowdOfAdmins], ids[(i+1+i/crowdOfAdmins)%crowdOfAdmins]
		switch x := by.api("PATCH", "/users/"+whom, `{"role":"viewer"}`); x.status {
		case http.StatusOK, http.StatusUnauthorized, http.StatusForbidden, http.StatusConflict, http.StatusServiceUnavailable:
		default:
			t.Errorf("demoting: %v", x)
		}
	})
	left, err := w.database(t, w.c.Tenant).Collection("users").Where("role", "==", "admin").Where("status", "==", "active").Documents(t.Context()).GetAll()
	must(t, err)
	if len(left) == 0 {
		t.Error("nobody administers initech any more")
	}

	editor := w.as(t, w.c.Editor)
	const files = 12
	made := make([]string, files)
	for i := range files {
		x := editor.api("POST", "/uploads", `{"name":"x.txt","type":"text/plain","size":1}`)
		made[i] = read[struct{ ID string }](t, x.body).ID
	}
	rush(8*files, func(i int) {
		id, x := made[i%files], exchange{}
		if i/files%2 == 0 {
			x = editor.api("POST", "/uploads/"+id+"/complete", "{}")
		} else {
			x = editor.api("DELETE", "/uploads/"+id, "")
		}
		if x.status >= 500 && x.status != http.StatusServiceUnavailable {
			t.Errorf("%s: %v", x.asked, x)
		}
	})
	for _, id := range made { // whoever was told to come again does so
		if x := editor.api("DELETE", "/uploads/"+id, ""); x.status != http.StatusNoContent && x.status != http.StatusNotFound {
			t.Errorf("deleting it once more: %v", x)
		}
		if x := editor.api("GET", "/uploads/"+id, ""); x.status != http.StatusNotFound {
			t.Errorf("a deleted file: %v", x)
		}
	}
}
