package localcloud_test

import (
	"io"
	"net"
	"strings"
	"testing"

	"golang.org/x/net/http2"

	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

// A connection has 100 calls under way, as with Google's front ends: the server says so in its
// first frame.
func TestStreamsOfAConnection(t *testing.T) {
	cloud := localcloudtest.Open(t, t.TempDir())
	conn, err := net.Dial("tcp", strings.TrimPrefix(cloud.Endpoints().GRPC, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	framer := http2.NewFramer(conn, conn)
	if err := framer.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		settings, ok := frame.(*http2.SettingsFrame)
		if !ok || settings.IsAck() {
			continue
		}
		if streams, ok := settings.Value(http2.SettingMaxConcurrentStreams); !ok || streams != 100 {
			t.Errorf("a connection has %d streams (limited: %v), want 100", streams, ok)
		}
		return
	}
}
