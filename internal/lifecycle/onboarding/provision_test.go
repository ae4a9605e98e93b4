package onboarding_test

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	firebaseauth "firebase.google.com/go/v4/auth"
	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/lifecycle/onboarding"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vault"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

func request(t *testing.T, slug string) onboarding.Request {
	t.Helper()
	s, err := tenant.ParseSlug(slug)
	if err != nil {
		t.Fatal(err)
	}
	return onboarding.Request{
		Slug: s, Name: strings.ToUpper(slug), Region: tenant.EU,
		Admin: onboarding.Admin{Email: "ada@" + slug + ".test", Name: "Ada", Password: "correct horse"},
	}
}

func TestProvision(t *testing.T) {
	w := vendingtest.Start(t)
	ctx := t.Context()
	r := request(t, "acme")
	made, err := onboarding.Provision(ctx, w.Onboarding, r)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(whole, take(t, w, made)); diff != "" {
		t.Errorf("after the first run (-want +got):\n%s", diff)
	}
	if made.Database != made.ID.String() || made.Bucket != vendingtest.Project+"-"+made.ID.String() ||
		made.ServiceAccount != location.AccountOf(vendingtest.Project, made.ID) {
		t.Errorf("made %+v", made)
	}
	w.SignIn(t, adminOf(t, auth(t, w, made), made))

	again, err := onboarding.Provision(ctx, w.Onboarding, r)
	if err != nil || again != made {
		t.Errorf("the second run made %+v, %v", again, err)
	}
	if diff := cmp.Diff(whole, take(t, w, made)); diff != "" {
		t.Errorf("after the second run (-want +got):\n%s", diff)
	}

	bucket, err := w.Owner.Storage().Bucket(made.Bucket).Attrs(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if !bucket.UniformBucketLevelAccess.Enabled || bucket.Labels["tenant"] != made.ID.String() ||
		!strings.EqualFold(bucket.Location, made.Region.Location()) {
		t.Errorf("the bucket is %+v", bucket)
	}
	preflight, err := http.NewRequestWithContext(ctx, http.MethodOptions, w.Endpoints.Storage+"/"+made.Bucket+"/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	preflight.Header.Set("Origin", vendingtest.Origin)
	preflight.Header.Set("Access-Control-Request-Method", http.MethodPut)
	preflight.Header.Set("Access-Control-Request-Headers", "content-type,x-goog-content-length-range,x-goog-if-generation-match")
	resp, err := http.DefaultClient.Do(preflight)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if got := resp.Header.Get("Access-Control-Allow-Origin"); got != vendingtest.Origin {
		t.Errorf("a preflight from our page allows origin %q", got)
	}

	for name, change := range map[string]func(*onboarding.Request){
		"another name":   func(r *onboarding.Request) { r.Name = "Other" },
		"another region": func(r *onboarding.Request) { r.Region = tenant.Asia },
	} {
		changed := r
		change(&changed)
		if _, err := onboarding.Provision(ctx, w.Onboarding, changed); !errors.Is(err, onboarding.ErrMismatch) {
			t.Errorf("the same slug with %s: got %v, want ErrMismatch", name, err)
		}
	}
}

func auth(t *testing.T, w *vendingtest.World, tenant tenant.Tenant) *firebaseauth.TenantClient {
	t.Helper()
	people, err := w.Jobs.Identity().TenantManager.AuthForTenant(tenant.IdentityTenant)
	if err != nil {
		t.Fatal(err)
	}
	return people
}

func TestProvisionRefusesMalformedRequests(t *testing.T) {
	w := vendingtest.Start(t)
	for name, change := range map[string]func(*onboarding.Request){
		"no slug":           func(r *onboarding.Request) { r.Slug = tenant.Slug{} },
		"no name":           func(r *onboarding.Request) { r.Name = "" },
		"no region":         func(r *onboarding.Request) { r.Region = 0 },
		"unknown region":    func(r *onboarding.Request) { r.Region = 9 },
		"short password":    func(r *onboarding.Request) { r.Admin.Password = "1234567" },
		"malformed e-mail":  func(r *onboarding.Request) { r.Admin.Email = "ada" },
		"nameless admin":    func(r *onboarding.Request) { r.Admin.Name = "" },
		"line break inside": func(r *onboarding.Request) { r.Name = "a\nb" },
	} {
		r := request(t, "acme")
		change(&r)
		_, err := onboarding.Provision(t.Context(), w.Onboarding, r)
		if !errors.Is(err, tenant.ErrInvalid) && !errors.Is(err, users.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", name, err)
		}
	}
	if list, err := w.Registry.List(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("the registry holds %v, %v", list, err)
	}
}

// A run that is cut off after any step leaves a tenant that is served to nobody, and the next run
// completes it: one of each, nothing left over.
func TestProvisionConverges(t *testing.T) {
	w := vendingtest.Start(t)
	ctx := t.Context()
	cut := errors.New("cut off")
	names := onboarding.Steps()
	for i, last := range names[:len(names)-1] {
		t.Run(last, func(t *testing.T) {
			r := request(t, "cut-"+string(rune('a'+i)))
			_, err := onboarding.ProvisionWatched(ctx, w.Onboarding, r, func(step string) error {
				if step == last {
					return cut
				}
				return nil
			})
			if !errors.Is(err, cut) {
				t.Fatalf("got %v, want to be cut off", err)
			}
			if _, err := w.Authenticator.Tenant(ctx, tenant.SelectSlug(r.Slug)); !errors.Is(err, tenant.ErrTenantDenied) {
				t.Errorf("a half-made tenant is served: %v", err)
			}
			made, err := onboarding.Provision(ctx, w.Onboarding, r)
			if err != nil {
				t.Fatal(err)
			}
			w.Forget() // what the web's registry remembers of the half-made tenant
			if diff := cmp.Diff(whole, take(t, w, made)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A step may have had its effect and not have heard of it.
func TestProvisionFindsWhatItMade(t *testing.T) {
	w := vendingtest.Start(t)
	ctx := t.Context()
	cut := errors.New("cut off")
	r := request(t, "acme")
	var id tenant.ID
	_, err := onboarding.ProvisionWatched(ctx, w.Onboarding, r, func(string) error {
		t, err := w.Onboarding.Registry.BySlug(ctx, r.Slug)
		id = t.ID
		return errors.Join(err, cut)
	})
	if !errors.Is(err, cut) {
		t.Fatal(err)
	}
	_, err = w.Jobs.Identity().TenantManager.CreateTenant(ctx, new(firebaseauth.TenantToCreate).
		DisplayName(id.String()).AllowPasswordSignUp(true))
	if err != nil {
		t.Fatal(err)
	}
	made, err := onboarding.Provision(ctx, w.Onboarding, r)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(whole, take(t, w, made)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Two runs at once make one tenant: one of them is told that the slug is taken, or that the other
// was faster, or finds it.
func TestProvisionTwiceAtOnce(t *testing.T) {
	w := vendingtest.Start(t)
	r := request(t, "acme")
	results := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := onboarding.Provision(t.Context(), w.Onboarding, r)
			results <- err
		}()
	}
	failed := 0
	for range 2 {
		if err := <-results; err != nil {
			failed++
			if !errors.Is(err, tenant.ErrSlugTaken) && !errors.Is(err, vault.ErrConflict) {
				t.Logf("one run ended in: %v", err)
			}
		}
	}
	made, err := onboarding.Provision(t.Context(), w.Onboarding, r)
	if err != nil || failed > 1 {
		t.Fatalf("%d of 2 runs failed; then: %v", failed, err)
	}
	if diff := cmp.Diff(whole, take(t, w, made)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Several tenants made at once change one project policy. Nobody's binding is lost.
func TestProvisionManyAtOnce(t *testing.T) {
	w := vendingtest.Start(t)
	made := make([]tenant.Tenant, 6)
	var wg sync.WaitGroup
	for i := range made {
		r := request(t, "many-"+string(rune('a'+i)))
		wg.Go(func() {
			var err error
			if made[i], err = onboarding.Provision(t.Context(), w.Onboarding, r); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, tenant := range made {
		if diff := cmp.Diff(whole, take(t, w, tenant)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tenant.Slug, diff)
		}
	}
}
