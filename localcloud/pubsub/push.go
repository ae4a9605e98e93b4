package pubsub

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/bulkhead-saas/bulkhead/localcloud/pubsub/internal/store"
	"github.com/bulkhead-saas/bulkhead/localcloud/push"
)

// acknowledging are the statuses by which an endpoint acknowledges a message. 102 is one, too,
// though to HTTP it is no final answer.
//
// https://cloud.google.com/pubsub/docs/push#receive_push
var acknowledging = []int{http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusNoContent}

var errProcessing = errors.New("pubsub: the endpoint answered 102")

// post pushes a message to the subscription's endpoint. It returns nil when that acknowledges it
// before the deadline, which is measured in real time: it is how long the endpoint may take.
func (s *Service) post(ctx context.Context, sub *pubsubpb.Subscription, d store.Delivery) error {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(sub.AckDeadlineSeconds)*time.Second)
	defer cancel()
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{Got1xxResponse: func(code int, _ textproto.MIMEHeader) error {
		if code == http.StatusProcessing {
			return errProcessing
		}
		return nil
	}})
	req, err := pushRequest(ctx, sub, d)
	if err != nil {
		return err
	}
	t := sub.PushConfig.GetOidcToken()
	res, err := s.push.Send(req, push.Token{Account: t.GetServiceAccountEmail(), Audience: t.GetAudience()})
	if errors.Is(err, errProcessing) {
		return nil
	}
	if err != nil {
		return err
	}
	if !slices.Contains(acknowledging, res.StatusCode) {
		return fmt.Errorf("the endpoint answered %s", res.Status)
	}
	return nil
}

// pushRequest is the request that carries a message: in its envelope, or as it is.
func pushRequest(ctx context.Context, sub *pubsubpb.Subscription, d store.Delivery) (*http.Request, error) {
	bare := sub.PushConfig.GetNoWrapper()
	body, kind := d.Message.Data, "application/octet-stream"
	if bare == nil {
		var err error
		if body, err = json.Marshal(wrap(sub, d)); err != nil {
			return nil, err
		}
		kind = "application/json"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, sub.PushConfig.PushEndpoint, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("User-Agent", "CloudPubSub-Google")
	if bare.GetWriteMetadata() {
		writeMetadata(req.Header, sub, d)
	}
	return req, nil
}
