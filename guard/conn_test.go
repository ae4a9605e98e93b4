package guard_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	fs "cloud.google.com/go/firestore/apiv1/firestorepb"
	gtransport "google.golang.org/api/transport/grpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/metadata"

	"github.com/bulkhead-saas/bulkhead/guard"
)

// gtransport.WithConnPool is documented as internal to Google's libraries. Should an update change
// it, this says so.
var _ gtransport.ConnPool = (*guard.Conn)(nil)

// nowhere is a pool whose connections count the calls that come as far as them, and make none.
type nowhere struct{ calls *int }

func (n nowhere) Pick() grpc.ClientConnInterface { return n }
func (nowhere) Num() int                         { return 1 }

func (n nowhere) Invoke(context.Context, string, any, any, ...grpc.CallOption) error {
	*n.calls++
	return errNotSent
}

func (n nowhere) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	*n.calls++
	return nil, errNotSent
}

var bearer = guard.Bearer(func(context.Context) (string, error) { return "token", nil })

// What goes beside a message is judged before a call and before a stream: an option could write
// another message than the one that was looked at, or name somebody else.
func TestConnOptions(t *testing.T) {
	var calls int
	conn := guard.NewConn(silo, nil, bearer, nowhere{&calls})
	codec := encoding.GetCodecV2(proto.Name)
	const method = service + "BatchGetDocuments"
	get := &fs.BatchGetDocumentsRequest{Database: own, Documents: []string{ownUser}}
	var header metadata.MD
	for what, c := range map[string]struct {
		option grpc.CallOption
		want   error
	}{
		"nothing":       {grpc.EmptyCallOption{}, errNotSent},
		"header":        {grpc.Header(&header), errNotSent},
		"size":          {grpc.MaxCallRecvMsgSize(1), errNotSent},
		"codec":         {grpc.ForceCodecV2(codec), guard.ErrRefused},
		"content":       {grpc.CallContentSubtype("json"), guard.ErrRefused},
		"authority":     {grpc.CallAuthority("elsewhere"), guard.ErrRefused},
		"a credential":  {grpc.PerRPCCredentials(nil), guard.ErrRefused},
		"compression":   {grpc.UseCompressor("gzip"), guard.ErrRefused},
		"another codec": {grpc.ForceCodec(nil), guard.ErrRefused},
	} {
		before := calls
		if err := conn.Invoke(t.Context(), method, get, nil, c.option); !errors.Is(err, c.want) {
			t.Errorf("a call with %s: got %v, want %v", what, err, c.want)
		}
		if _, err := conn.NewStream(t.Context(), &grpc.StreamDesc{}, method, c.option); !errors.Is(err, c.want) {
			t.Errorf("a stream with %s: got %v, want %v", what, err, c.want)
		}
		if sent := calls - before; (sent == 2) != (c.want == errNotSent) {
			t.Errorf("%s: %d of 2 calls went on", what, sent)
		}
	}
	if conn.Conn() != nil {
		t.Error("the connection without the guard is handed out")
	}
}

// keeps is a transport that remembers what was sent.
type keeps struct{ sent *http.Request }

func (k *keeps) RoundTrip(r *http.Request) (*http.Response, error) {
	k.sent = r
	return nil, errNotSent
}

// A body that the transport asks for again, because a connection broke, is looked into again.
func TestTransportBodies(t *testing.T) {
	wire := new(keeps)
	through := guard.NewTransport(pooled, nil, bearer, storageOrigin, wire)
	own, victim := `{"name":"`+poolTenant+`/a"}`, `{"name":"tn-victim0000/a"}`
	r := storageRequest(t, "POST", "/upload/storage/v1/b/"+poolBucket+"/o?uploadType=resumable")
	r.Body = io.NopCloser(strings.NewReader(own))
	again := own
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(again)), nil }
	if _, err := through.RoundTrip(r); !errors.Is(err, errNotSent) {
		t.Fatal(err)
	}
	if got := wire.sent.Header.Get("Authorization"); got != "Bearer token" {
		t.Errorf("sent with %q", got)
	}
	body, err := wire.sent.GetBody()
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(body); err != nil || string(b) != own {
		t.Errorf("the body again is %q, %v", b, err)
	}
	again = victim
	if _, err := wire.sent.GetBody(); !errors.Is(err, guard.ErrForeign) {
		t.Errorf("another body: got %v, want ErrForeign", err)
	}
}
