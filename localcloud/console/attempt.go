package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/storage"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

// attempt is one call with the key that is tried, and what came of it.
type attempt struct {
	Place    string // "globex's database"
	URL      string // its page
	Own      bool   // it is the caller's own: the control
	Shared   bool   // it is both owners'
	Answered bool   // with what was asked for
	Code     string // Google's: "PERMISSION_DENIED", "403 Forbidden", "OK"
	Message  string // Google's, or what was found
	Sentence string // the same in words
}

// Expected reports whether the call came out as isolation wants it.
func (a attempt) Expected() bool { return a.Own == a.Answered }

// attempts calls the services with the key, through Google's official clients: on the other's
// database and bucket, then on the caller's own. The error is that no client takes the key.
func (c *console) attempts(ctx context.Context, key []byte, who, whom Owner) ([]attempt, error) {
	credentials := option.WithAuthCredentialsJSON(option.ServiceAccount, key)
	files, err := storage.NewClient(ctx, option.WithEndpoint(c.StorageURL+"/storage/v1/"), credentials, storage.WithJSONReads())
	if err != nil {
		return nil, fmt.Errorf("a client of Cloud Storage: %w", err)
	}
	defer files.Close()
	var all []attempt
	for _, owner := range []Owner{whom, who} {
		own := owner == who
		if owner.Database != "" {
			found, err := c.listCollections(ctx, owner.Database, credentials)
			name := "projects/" + c.Project + "/databases/" + owner.Database
			all = append(all, c.judge(who, whom, name, own, found, err))
		}
		if owner.Bucket != "" {
			found, err := listFiles(ctx, files.Bucket(owner.Bucket), owner.Prefix)
			all = append(all, c.judge(who, whom, "projects/_/buckets/"+owner.Bucket, own, found, err))
		}
	}
	return all, nil
}

// listCollections asks for what is at the root of a database, and says how much came.
func (c *console) listCollections(ctx context.Context, database string, credentials option.ClientOption) (string, error) {
	client, err := firestore.NewClientWithDatabase(ctx, c.Project, database, credentials,
		option.WithEndpoint(strings.TrimPrefix(c.GRPC, "http://")),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		return "", err
	}
	defer client.Close()
	collections, err := client.Collections(ctx).GetAll()
	if err != nil {
		return "", err
	}
	return "It answered with the names of " + count(len(collections), "collection") + ".", nil
}

// listFiles asks for the names of objects, and says how many came at first.
func listFiles(ctx context.Context, bucket *storage.BucketHandle, prefix string) (string, error) {
	var names []*storage.ObjectAttrs
	const most = 100
	_, err := iterator.NewPager(bucket.Objects(ctx, &storage.Query{Prefix: prefix}), most, "").NextPage(&names)
	if err != nil {
		return "", err
	}
	found := count(len(names), "file")
	if len(names) == most {
		found = "at least " + found
	}
	return "It answered with the names of " + found + ".", nil
}

// judge is an attempt on the database or the bucket of that name: what it answered, and the
// decision that it left.
func (c *console) judge(who, whom Owner, place string, own bool, found string, err error) attempt {
	a := attempt{Place: c.where(place), URL: c.resourceURL(place), Own: own, Answered: err == nil, Code: "OK", Message: found}
	kind, id := c.place(place)
	a.Shared = kind == "database" && who.Database == id && whom.Database == id || kind == "bucket" && who.Bucket == id && whom.Bucket == id
	if err == nil {
		a.Sentence = who.Name + "'s account asked for what is in " + a.Place + "; it may."
		if a.Shared && !own {
			a.Sentence = fmt.Sprintf("%s and %s share it, so IAM lets both in. Only the application keeps them apart here.", who.Name, whom.Name)
		}
		return a
	}
	a.Code, a.Message = answer(err)
	for _, d := range c.IAM.Denials() {
		if d.Caller == who.Account && (d.Permission == "" || iam.PlaceOf(d.Resource) == place) {
			a.Sentence = c.sentence(d.Decision)
			break
		}
	}
	return a
}

// answer is Google's answer in an error: its code and its message.
func answer(err error) (code, message string) {
	var api *googleapi.Error
	if errors.As(err, &api) {
		return fmt.Sprintf("%d %s", api.Code, http.StatusText(api.Code)), api.Message
	}
	if st, ok := status.FromError(err); ok {
		return codeName(st.Code()), st.Message()
	}
	return "no answer", err.Error()
}

// codeName is a code of gRPC as Google writes it: "PERMISSION_DENIED".
func codeName(c codes.Code) string {
	var b strings.Builder
	for i, r := range c.String() {
		if i > 0 && r >= 'A' && r <= 'Z' && c != codes.OK {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.ToUpper(b.String())
}
