package localcloud_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/bulkhead-saas/bulkhead/localcloud/identity"
	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

// step is one call of the walk.
type step struct {
	name   string
	answer answer
	call   func(authorization string, on names) outcome
}

// bySession reports whether the call has a credential of its own, the id of an upload, and looks at
// no other.
func (s step) bySession() bool { return strings.HasSuffix(s.name, " upload_id") }

// steps is every call of the walk. The gRPC methods come last: for the owner, they delete what the
// others ask for.
func (w *walk) steps() []step {
	var all []step
	for _, row := range storageWalk {
		all = append(all, w.httpStep(w.cloud.Endpoints().Storage, row))
	}
	for _, row := range accountsWalk {
		all = append(all, w.httpStep(w.cloud.Endpoints().Identity, row))
	}
	for _, r := range w.cloud.UserRoutes() {
		if r.Permission != "" {
			all = append(all, w.httpStep(w.cloud.Endpoints().Identity, httpRow{route: r.Method + " " + r.Pattern, body: bodyOf(r)}))
		}
	}
	for _, service := range grpcWalk {
		for _, row := range service.rows {
			method := "/" + service.service + "/" + row.method
			all = append(all, step{method + " " + row.message, row.answer, func(authorization string, on names) outcome {
				return w.callGRPC(method, on.expand.Replace(row.message), authorization)
			}})
		}
	}
	return all
}

// bodyOf is what any administrator's call of Identity Platform can be sent: the permission is asked
// before it is read.
func bodyOf(r identity.Route) string {
	if r.Method == http.MethodGet || r.Method == http.MethodDelete {
		return ""
	}
	return "{}"
}

func (w *walk) httpStep(port string, row httpRow) step {
	method, rest, _ := strings.Cut(row.route, " ")
	pattern, when, _ := strings.Cut(rest, " ")
	return step{row.route, row.answer, func(authorization string, on names) outcome {
		account := on.id + "@" + localcloudtest.Project + ".iam.gserviceaccount.com"
		call := strings.NewReplacer(
			"/serviceAccounts/{call}", "/serviceAccounts/"+account+":"+when,
			"/tenants/{call}", "/tenants/"+on.tenant+":createSessionCookie",
			"/projects/{call}", "/projects/"+localcloudtest.Project+":createSessionCookie",
			"/projects/{project}", "/projects/"+localcloudtest.Project,
			"{toBucket}", bucketName(on.id),
			"{mybucket}", bucketName(w.mine.id),
			"{object...}", "notes/n",
			"{object}", "notes%2Fn",
			"{toObject}", "notes%2Fn",
			"/{id}", "/oidc.globex",
		).Replace(pattern)
		query := row.query
		if strings.Contains(when, "=") {
			query = strings.TrimSuffix(when+"&"+query, "&")
		}
		return w.callHTTP(method, port+on.expand.Replace(call)+"?"+query, on.expand.Replace(row.body), authorization)
	}}
}

// callGRPC calls a method of any kind: a message is sent, and the first that comes back is the
// answer.
func (w *walk) callGRPC(method, message, authorization string) outcome {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	if authorization != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", authorization)
	}
	service, name, _ := strings.Cut(strings.TrimPrefix(method, "/"), "/")
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service + "." + name))
	if err != nil {
		w.t.Fatal(err)
	}
	md := found.(protoreflect.MethodDescriptor)
	req, res := dynamicpb.NewMessage(md.Input()), new(emptypb.Empty)
	if err := protojson.Unmarshal([]byte(message), req); err != nil {
		w.t.Fatalf("%s %s: %v", method, message, err)
	}
	stream, err := w.conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, method)
	if err == nil {
		if err = stream.SendMsg(req); err == nil || err == io.EOF {
			if !md.IsStreamingClient() {
				err = stream.CloseSend()
			}
		}
	}
	if err == nil || err == io.EOF {
		err = stream.RecvMsg(res)
	}
	if err == io.EOF {
		err = nil // a stream of nothing
	}
	return outcomeOf(err, res.ProtoReflect().GetUnknown())
}

func (w *walk) callHTTP(method, url, body, authorization string) outcome {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	switch {
	case strings.HasPrefix(body, "--b"):
		req.Header.Set("Content-Type", "multipart/related; boundary=b")
	case strings.HasPrefix(body, "{"):
		req.Header.Set("Content-Type", "application/json")
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	content, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	code, known := httpCodes[res.StatusCode]
	if !known && res.StatusCode >= 300 {
		code = codes.Unknown
	}
	return outcome{code: code, message: res.Status, content: content}
}
