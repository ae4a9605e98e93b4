package localcloud_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	apiv1 "cloud.google.com/go/firestore/apiv1"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	admin "cloud.google.com/go/iam/admin/apiv1"
	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/storage"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/iamcredentials/v1"
	"google.golang.org/api/identitytoolkit/v1"
	"google.golang.org/api/option"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud"
	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

const cloudPlatform = "https://www.googleapis.com/auth/cloud-platform"

// service is a service as one official client sees it, which does not try again by itself.
type service struct {
	name, method string
	write        func(ctx context.Context, id string) error
	written      func(id string) bool
}

// faulty are the services, with something to write to: the owner calls them.
func faulty(t *testing.T, cloud *localcloud.Cloud) []service {
	ctx, key := t.Context(), cloud.OwnerKey()
	createTenant(t, cloud, "tn-aaaaaaaaaa")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}

	documents, err := apiv1.NewClient(ctx, localcloudtest.GRPC(cloud, key)...)
	must(err)
	t.Cleanup(func() { documents.Close() })
	documents.CallOptions = &apiv1.CallOptions{}
	const notes = projectName + "/databases/tn-aaaaaaaaaa/documents"

	accounts, err := admin.NewIamClient(ctx, localcloudtest.GRPC(cloud, key)...)
	must(err)
	t.Cleanup(func() { accounts.Close() })

	objects := storageClient(t, cloud, key).Bucket(bucketName("tn-aaaaaaaaaa")).Retryer(storage.WithPolicy(storage.RetryNever))

	signed, err := google.JWTConfigFromJSON(key, cloudPlatform)
	must(err)
	hosts := context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: localcloudtest.Transport(cloud)})
	client := option.WithHTTPClient(oauth2.NewClient(hosts, signed.TokenSource(hosts)))
	users, err := identitytoolkit.NewService(ctx, client)
	must(err)
	credentials, err := iamcredentials.NewService(ctx, client)
	must(err)
	issued := func(resource string) func(string) bool {
		before := 0
		return func(string) bool {
			n := 0
			for _, d := range cloud.IAM().Decisions(1000) {
				if d.Allowed && d.Resource == resource {
					n++
				}
			}
			fresh := n > before
			before = n
			return fresh
		}
	}
	vending, _ := createAccount(t, cloud, "vending-machine")
	policy, err := accounts.GetIamPolicy(ctx, &iampb.GetIamPolicyRequest{Resource: vending.Name})
	must(err)
	policy.Add("serviceAccount:"+signed.Email, "roles/iam.serviceAccountTokenCreator")
	_, err = accounts.SetIamPolicy(ctx, &admin.SetIamPolicyRequest{Resource: vending.Name, Policy: policy})
	must(err)

	return []service{
		{"Firestore", "/google.firestore.v1.Firestore/CreateDocument",
			func(ctx context.Context, id string) error {
				_, err := documents.CreateDocument(ctx, &firestorepb.CreateDocumentRequest{
					Parent: notes, CollectionId: "notes", DocumentId: id, Document: &firestorepb.Document{},
				})
				return err
			},
			func(id string) bool {
				_, err := documents.GetDocument(ctx, &firestorepb.GetDocumentRequest{Name: notes + "/notes/" + id})
				return err == nil
			}},
		{"Firestore, streaming", "/google.firestore.v1.Firestore/BatchGetDocuments",
			func(ctx context.Context, id string) error {
				stream, err := documents.BatchGetDocuments(ctx, &firestorepb.BatchGetDocumentsRequest{
					Database: projectName + "/databases/tn-aaaaaaaaaa", Documents: []string{notes + "/notes/" + id},
				})
				if err == nil {
					_, err = stream.Recv()
				}
				return err
			}, nil},
		{"IAM", "/google.iam.admin.v1.IAM/CreateServiceAccount",
			func(ctx context.Context, id string) error {
				_, err := accounts.CreateServiceAccount(ctx, &adminpb.CreateServiceAccountRequest{Name: projectName, AccountId: id})
				return err
			},
			func(id string) bool {
				name := fmt.Sprintf("%s/serviceAccounts/%s@%s.iam.gserviceaccount.com", projectName, id, localcloudtest.Project)
				_, err := accounts.GetServiceAccount(ctx, &adminpb.GetServiceAccountRequest{Name: name})
				return err == nil
			}},
		{"Storage", "POST /upload/storage/v1/b/{bucket}/o",
			func(ctx context.Context, id string) error {
				w := objects.Object(id).NewWriter(ctx)
				return errors.Join(second(w.Write([]byte("content"))), w.Close())
			},
			func(id string) bool {
				_, err := objects.Object(id).Attrs(ctx)
				return err == nil
			}},
		{"Identity Platform", "POST /v1/projects/{project}/accounts",
			func(ctx context.Context, id string) error {
				_, err := users.Projects.Accounts(localcloudtest.Project, &identitytoolkit.GoogleCloudIdentitytoolkitV1SignUpRequest{
					LocalId: id,
				}).Context(ctx).Do()
				return err
			},
			func(id string) bool {
				found, err := identitytoolkit.NewProjectsAccountsService(users).Lookup(localcloudtest.Project, &identitytoolkit.GoogleCloudIdentitytoolkitV1GetAccountInfoRequest{
					LocalId: []string{id},
				}).Do()
				return err == nil && len(found.Users) == 1
			}},
		{"IAM Credentials", "POST /v1/projects/-/serviceAccounts/{account}:generateAccessToken",
			func(ctx context.Context, _ string) error {
				_, err := credentials.Projects.ServiceAccounts.GenerateAccessToken("projects/-/serviceAccounts/"+vending.Email,
					&iamcredentials.GenerateAccessTokenRequest{Scope: []string{cloudPlatform}}).Context(ctx).Do()
				return err
			}, nil},
		{"token endpoint", "POST /token",
			func(ctx context.Context, _ string) error {
				_, err := signed.TokenSource(context.WithValue(ctx, oauth2.HTTPClient, http.DefaultClient)).Token()
				return err
			},
			issued(cloud.Endpoints().Token)},
	}
}

func second[T any](_ T, err error) error { return err }

// codeOf is the code of a refusal, whichever client tells it; Unknown when there was no answer.
func codeOf(err error) codes.Code {
	var answered *googleapi.Error
	var refused *oauth2.RetrieveError
	at := 0
	switch {
	case errors.As(err, &answered):
		at = answered.Code
	case errors.As(err, &refused):
		at = refused.Response.StatusCode
	default:
		return status.Code(err)
	}
	switch at {
	case http.StatusTooManyRequests:
		return codes.ResourceExhausted
	case http.StatusBadRequest:
		return codes.FailedPrecondition
	}
	return codes.Internal
}

// Every kind of fault strikes every service, and its effect has come about or not as the rule says.
func TestFaults(t *testing.T) {
	cloud := localcloudtest.New(t)
	const delay = 20 * time.Millisecond
	exhausted := fault.Rule{Code: codes.ResourceExhausted, Message: "enough for today"}
	for _, s := range faulty(t, cloud) {
		for n, kind := range []struct {
			name    string
			rule    fault.Rule
			want    codes.Code
			written bool
		}{
			{"delay", fault.Rule{Delay: delay}, codes.OK, true},
			{"late answer", fault.Rule{Delay: delay, After: true}, codes.OK, true},
			{"failure", exhausted, codes.ResourceExhausted, false},
			{"failure after the effect", fault.Rule{Code: exhausted.Code, Message: exhausted.Message, After: true}, codes.ResourceExhausted, true},
			{"cut", fault.Rule{Cut: true}, codes.Unavailable, false},
			{"lost answer", fault.Rule{Cut: true, After: true}, codes.Unavailable, true},
		} {
			t.Run(s.name+"/"+kind.name, func(t *testing.T) {
				id := fmt.Sprintf("id-%06d", n)
				if s.written != nil {
					s.written(id)
				}
				kind.rule.Method = s.method
				kind.rule.Times = 1
				f := cloud.Faults().Add(kind.rule)
				defer f.Remove()
				began := time.Now()
				err := s.write(t.Context(), id)
				got := codeOf(err)
				if http := s.method[0] != '/'; http && kind.want == codes.Unavailable && err != nil && got == codes.Unknown {
					got = codes.Unavailable // no answer at all
				}
				if got != kind.want {
					t.Errorf("%v, want %v", err, kind.want)
				}
				if took := time.Since(began); took < kind.rule.Delay {
					t.Errorf("it took %v", took)
				}
				if n := f.Hits(); n != 1 {
					t.Errorf("%d hits", n)
				}
				if s.written != nil && s.written(id) != kind.written {
					t.Errorf("written: %v, want %v", !kind.written, kind.written)
				}
			})
		}
	}
}

// One tenant's worst day is its neighbour's everyday: by account, and by what is called.
func TestFaultsKeepToTheirTenant(t *testing.T) {
	cloud := localcloudtest.New(t)
	const a, b = "tn-aaaaaaaaaa", "tn-bbbbbbbbbb"
	const account = a + "@" + localcloudtest.Project + ".iam.gserviceaccount.com"
	keys := map[string][]byte{a: createTenant(t, cloud, a), b: createTenant(t, cloud, b)}
	use := func(tenant, what string) error {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second) // clients try again for as long as they may
		defer cancel()
		if what == "database" {
			_, err := firestoreClient(t, cloud, keys[tenant], tenant).Doc("notes/n").Get(ctx)
			if status.Code(err) == codes.NotFound {
				return nil
			}
			return err
		}
		bucket := storageClient(t, cloud, keys[tenant]).Bucket(bucketName(tenant)).Retryer(storage.WithPolicy(storage.RetryNever))
		_, err := bucket.Object("o").Attrs(ctx)
		if errors.Is(err, storage.ErrObjectNotExist) {
			return nil
		}
		return err
	}
	for _, test := range []struct {
		name string
		rule fault.Rule
		hit  []string
	}{
		{"by account, its database", fault.Rule{Method: "/google.firestore.v1.*", Account: account}, []string{"database"}},
		{"by account, its bucket", fault.Rule{Method: "/storage/v1/*", Account: account}, []string{"bucket"}},
		{"by account, all it does", fault.Rule{Account: account}, []string{"database", "bucket"}},
		{"by database", fault.Rule{Resource: projectName + "/databases/" + a}, []string{"database"}},
		{"by bucket", fault.Rule{Resource: "projects/_/buckets/" + bucketName(a)}, []string{"bucket"}},
		{"by object", fault.Rule{Resource: "projects/_/buckets/" + bucketName(a) + "/objects/o*"}, []string{"bucket"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.rule.Code, test.rule.Message = codes.ResourceExhausted, "not today"
			f := cloud.Faults().Add(test.rule)
			defer f.Remove()
			for _, what := range test.hit {
				if err := use(a, what); err == nil {
					t.Errorf("the tenant's %s is as ever", what)
				}
			}
			hits := f.Hits()
			if hits == 0 {
				t.Error("nothing was hit")
			}
			for _, what := range []string{"database", "bucket"} {
				if err := use(b, what); err != nil {
					t.Errorf("the neighbour's %s: %v", what, err)
				}
			}
			if f.Hits() != hits {
				t.Error("the neighbour was hit")
			}
		})
	}
}

// A cloud that closes waits for nobody's delay.
func TestCloseEndsDelays(t *testing.T) {
	cloud := localcloudtest.New(t)
	slow := cloud.Faults().Add(fault.Rule{Method: "/google.iam.admin.v1.IAM/*", Delay: time.Hour})
	accounts, err := admin.NewIamClient(t.Context(), localcloudtest.GRPC(cloud, cloud.OwnerKey())...)
	if err != nil {
		t.Fatal(err)
	}
	defer accounts.Close()
	answered := make(chan error)
	go func() {
		_, err := accounts.CreateServiceAccount(t.Context(), &adminpb.CreateServiceAccountRequest{Name: projectName, AccountId: "web-server"})
		answered <- err
	}()
	for slow.Hits() == 0 {
		time.Sleep(time.Millisecond)
	}
	if err := cloud.Close(); err != nil {
		t.Error(err)
	}
	if err := <-answered; status.Code(err) != codes.Unavailable {
		t.Errorf("the call answers %v", err)
	}
}
