package inspection_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"image"
	"image/png"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/inspection"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/api"
)

// eicar is the test string of scanners, put together so that no scanner finds it here.
var eicar = `X5O!P%@AP[4\PZX54(P^)7CC)7}$` + `EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`

func zipOf(t testing.TB, names ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range names {
		w, err := z.Create(n)
		must(t, err)
		_, err = io.WriteString(w, "content of "+n)
		must(t, err)
	}
	must(t, z.Close())
	return b.String()
}

func bomb(t testing.TB) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	zeros := make([]byte, 1<<20)
	for range 512 {
		_, err := z.Write(zeros)
		must(t, err)
	}
	must(t, z.Close())
	return b.String()
}

func noise(n int) string {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(b)
	return string(b)
}

func pngOf(t testing.TB) string {
	t.Helper()
	var b bytes.Buffer
	must(t, png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 300, 200))))
	return b.String()
}

// Files of all sorts go in by parts and come out as a report, and nothing of them stays in the
// bucket.
func TestFiles(t *testing.T) {
	w := newWorld(t)
	s := w.start(t)
	mine := w.clients(t)
	for _, c := range []struct {
		name, content  string
		part           int
		verdict, media string
		finding        string
	}{
		{"text", "hello, world", 5, "clean", "text/plain", ""},
		{"empty", "", 1, "clean", "text/plain", ""},
		{"image", pngOf(t), 100, "clean", "image/png", ""},
		{"zip", zipOf(t, "a", "b/c"), 1 << 20, "clean", "application/zip", ""},
		{"escape", zipOf(t, "../../etc/passwd"), 1 << 20, "harmful", "application/zip", "escape"},
		{"virus", eicar, 1 << 20, "harmful", "text/plain", "test_virus"},
		{"bomb", bomb(t), 100_000, "harmful", "application/gzip", "bomb"},
		{"spoilt", "\x89PNG\r\n\x1a\n" + noise(100), 1 << 20, "uninspected", "image/png", "malformed"},
		{"large", noise(5<<20 + 3), 2<<20 + 1, "clean", "application/octet-stream", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := s.client(acme, "doc-"+c.name).upload(t, 1, c.content, c.part)
			if got.State != "done" || got.Verdict != c.verdict || got.Received != int64(len(c.content)) || got.Report == nil || got.Report.Type != c.media {
				t.Fatalf("%+v", got)
			}
			found := fmt.Sprint(got.Report.Findings)
			if c.finding == "" && len(got.Report.Findings) > 0 || !strings.Contains(found, c.finding) {
				t.Errorf("findings %s, want %q", found, c.finding)
			}
			if got.Report.SHA256 != sha(c.content) {
				t.Error("another content was inspected")
			}
			if c.name == "image" && (got.Report.Image == nil || len(got.Report.Image.Thumbnail) == 0) {
				t.Error("no thumbnail")
			}
		})
	}
	waitFor(t, "an empty bucket", func() bool { return len(objects(t, mine)) == 0 })
}

// What the sender does twice, out of order or wrong is answered so that it can go on.
func TestParts(t *testing.T) {
	w := newWorld(t)
	c := w.start(t).client(acme, "doc")
	content := noise(1000)
	c.announce(t, 7, content).wants(t, 201)
	again := c.announce(t, 7, content).wants(t, 200).state(t)
	if again.State != "receiving" || again.Deadline == nil || again.Size != 1000 {
		t.Errorf("announced again: %+v", again)
	}
	if a := c.announce(t, 7, content+"x"); a.status != 409 || a.state(t).Code != "announced_otherwise" {
		t.Errorf("announced with another size: %d %s", a.status, a.body)
	}
	if a := c.send(t, "PUT", "/generations/7", fmt.Sprintf(`{"size":999,"crc32c":%d}`, crc(content))); a.status != 409 {
		t.Errorf("announced with another size alone: %d %s", a.status, a.body)
	}
	if a := c.announce(t, 7, noise(999)+"x"); a.status != 409 {
		t.Errorf("announced with another checksum: %d %s", a.status, a.body)
	}
	c.part(t, 7, content, 0, 100).wants(t, 200)
	offset := c.part(t, 7, content, 200, 300).wants(t, 409).state(t)
	if offset.Code != "offset" || offset.Received != 100 {
		t.Errorf("a part after a gap: %+v", offset)
	}
	if s := c.part(t, 7, content, 50, 150).wants(t, 409).state(t); s.Received != 100 {
		t.Errorf("a part that overlaps: %+v", s)
	}
	if s := c.part(t, 7, content, 0, 100).wants(t, 200).state(t); s.Received != 100 {
		t.Errorf("a part again: %+v", s)
	}
	for _, h := range []string{"", "bytes 100-1099/1000", "bytes 200-100/1000", "bytes */1000", "bytes 100-199/*", "items 100-199/1000", "bytes 0100-199/1000", "bytes 100-17000000/18000000"} {
		a := c.send(t, "PUT", "/generations/7/content", content[100:200], "Content-Range", h)
		if a.status != 400 && a.status != 422 {
			t.Errorf("Content-Range %q: %d %s", h, a.status, a.body)
		}
	}
	if a := c.send(t, "PUT", "/generations/7/content", content[100:200], "Content-Range", "bytes 100-199/999"); a.status != 409 {
		t.Errorf("another size: %d %s", a.status, a.body)
	}
	for n, body := range map[string]string{"longer": content[100:201], "shorter": content[100:199]} {
		if a := c.send(t, "PUT", "/generations/7/content", body, "Content-Range", "bytes 100-199/1000"); a.status != 400 {
			t.Errorf("a body that is %s: %d %s", n, a.status, a.body)
		}
		chunked, err := c.try("PUT", "/generations/7/content", io.MultiReader(strings.NewReader(body)), "Content-Range", "bytes 100-199/1000")
		if err != nil || chunked.status != 400 {
			t.Errorf("a body of unsaid length that is %s: %v %d %s", n, err, chunked.status, chunked.body)
		}
	}
	if a := c.send(t, "PUT", "/generations/7/content", content[100:200], "Content-Range", "bytes 100-199/1000", "Content-Encoding", "gzip"); a.status != 415 {
		t.Errorf("an encoding: %d %s", a.status, a.body)
	}
	if got := c.get(t, 7).state(t); got.Received != 100 {
		t.Fatalf("%d bytes are there after all that", got.Received)
	}
	for at := 100; at < 1000; at += 100 {
		c.part(t, 7, content, at, at+100).wants(t, 200)
	}
	if got := c.ended(t, 7); got.State != "done" || got.Verdict != "clean" {
		t.Errorf("%+v", got)
	}
	if s := c.part(t, 7, content, 900, 1000).wants(t, 200).state(t); s.Received != 1000 || s.State != "done" {
		t.Errorf("the last part again: %+v", s)
	}
}

// Two senders of one part: both are told that it has come, and it counts once.
func TestSamePartAtOnce(t *testing.T) {
	w := newWorld(t)
	c := w.start(t).client(acme, "doc")
	mine := w.clients(t)
	content := noise(400_000)
	c.announce(t, 1, content).wants(t, 201)
	for at := 0; at < len(content); at += 100_000 {
		answers := make(chan answer, 4)
		for range cap(answers) {
			go func() {
				a, err := c.tryPart(1, content, at, at+100_000)
				if err != nil {
					t.Error(err)
				}
				answers <- a
			}()
		}
		for range cap(answers) {
			if a := <-answers; a.status != 200 || a.state(t).Received != int64(at+100_000) {
				t.Errorf("at %d: %d %s", at, a.status, a.body)
			}
		}
	}
	if got := c.ended(t, 1); got.Verdict != "clean" || got.Received != int64(len(content)) || got.Report.SHA256 != sha(content) {
		t.Errorf("%+v", got)
	}
	waitFor(t, "an empty bucket", func() bool { return len(objects(t, mine)) == 0 })
}

// What is wrong with a file is a state, at once or in time, and begins again when it is asked to.
func TestFailures(t *testing.T) {
	w := newWorld(t)
	s := w.start(t, func(c *inspection.Config) {
		c.MaxFileBytes = 1000
		c.Receiving.Receiving = 2 * time.Second
	})
	mine := w.clients(t)
	t.Run("too large", func(t *testing.T) {
		c := s.client(acme, "large")
		got := c.announce(t, 1, noise(1001)).wants(t, 201).state(t)
		if got.State != "failed" || got.Reason != "too_large" || got.Verdict != "uninspected" || got.Deadline != nil {
			t.Errorf("%+v", got)
		}
		if a := c.part(t, 1, noise(1001), 0, 1001); a.status != 409 || a.state(t).Code != "failed" {
			t.Errorf("its content: %d %s", a.status, a.body)
		}
		if got := c.send(t, "POST", "/generations/1/retry", "").wants(t, 200).state(t); got.Reason != "too_large" {
			t.Errorf("again: %+v", got)
		}
	})
	t.Run("damaged", func(t *testing.T) {
		c := s.client(acme, "damaged")
		c.announce(t, 1, "what was meant").wants(t, 201)
		got := c.upload(t, 1, "what was meant", 14)
		if got.State != "done" {
			t.Fatalf("%+v", got)
		}
		c.announce(t, 2, "what was meant").wants(t, 201)
		c.part(t, 2, "what was sent!", 0, 14).wants(t, 200)
		if got = c.ended(t, 2); got.State != "failed" || got.Reason != "damaged" || got.Verdict != "uninspected" {
			t.Errorf("%+v", got)
		}
		if got = c.send(t, "POST", "/generations/2/retry", "").wants(t, 200).state(t); got.State != "receiving" || got.Received != 0 || got.Reason != "" {
			t.Errorf("again: %+v", got)
		}
		c.part(t, 2, "what was meant", 0, 5).wants(t, 200)
		if a := c.send(t, "POST", "/generations/2/retry", ""); a.status != 409 {
			t.Errorf("again while it receives: %d %s", a.status, a.body)
		}
		if all := fmt.Sprint(objects(t, mine)); strings.Count(all, acme+"/damaged/2/") != 1 {
			t.Fatalf("of what is received, %s is left", all)
		}
		if got = c.upload(t, 2, "what was meant", 5); got.Verdict != "clean" {
			t.Errorf("%+v", got)
		}
		if a := c.send(t, "POST", "/generations/2/retry", ""); a.status != 409 {
			t.Errorf("again when it is done: %d %s", a.status, a.body)
		}
	})
	t.Run("expired", func(t *testing.T) {
		c := s.client(acme, "expired")
		c.announce(t, 1, "never sent").wants(t, 201)
		c.part(t, 1, "never sent", 0, 5).wants(t, 200)
		if got := c.ended(t, 1); got.State != "failed" || got.Reason != "expired" {
			t.Errorf("%+v", got)
		}
	})
	if t.Failed() {
		return
	}
	waitFor(t, "an empty bucket", func() bool { return len(objects(t, mine)) == 0 })
}

// A worker that spins and one that takes all memory are ended by the system, and what they were at
// says so. Others are inspected meanwhile.
func TestHostileWorkers(t *testing.T) {
	w := newWorld(t)
	hostile := program(t, "./testdata/hostile")
	as := func(c *inspection.Config) { c.Worker = hostile }
	s, impatient := w.start(t, as), w.start(t, as, func(c *inspection.Config) { c.Child.CPU = time.Second })
	for content, want := range map[string]string{"spin": "timed_out", "allocate": "crashed", "panic": "crashed"} {
		t.Run(content, func(t *testing.T) {
			c := s.client(acme, content)
			if want == "timed_out" {
				c = impatient.client(acme, content)
			}
			got := c.upload(t, 1, content, 100)
			if got.State != "failed" || got.Reason != want || got.Verdict != "uninspected" || got.Report != nil {
				t.Fatalf("%+v, want %s", got, want)
			}
			if text := c.send(t, "POST", "/texts", fmt.Sprintf(`{"text":%q,"about":"note"}`, content)).wants(t, 200).state(t); text.Reason != want || text.Verdict != "uninspected" {
				t.Errorf("as a text: %+v", text)
			}
			// It begins again, and is told anew.
			c.send(t, "POST", "/generations/1/retry", "").wants(t, 200)
			if got := c.upload(t, 1, content, 100); got.Reason != want {
				t.Errorf("again: %+v", got)
			}
		})
	}
	hurried := w.start(t, as, func(c *inspection.Config) {
		c.Requests = api.DefaultLimits()
		c.Requests.Text = 2 * time.Second
	})
	if text := hurried.client(acme, "doc").send(t, "POST", "/texts", `{"text":"slow","about":"note"}`).wants(t, 200).state(t); text.Reason != "timed_out" {
		t.Errorf("a text that takes too long: %+v", text)
	}
	if got := s.client(globex, "other").upload(t, 1, "harmless", 100); got.Verdict != "clean" {
		t.Errorf("another's file: %+v", got)
	}
}

func TestTexts(t *testing.T) {
	w := newWorld(t)
	c := w.start(t).client(acme, "doc")
	got := c.send(t, "POST", "/texts", `{"text":"a note of five words","about":"note"}`).wants(t, 200).state(t)
	if got.Verdict != "clean" || got.About != "note" || got.Report == nil || got.Report.Text == nil || got.Report.Text.Words != 5 {
		t.Errorf("%+v", got)
	}
	if got := c.send(t, "POST", "/texts", fmt.Sprintf(`{"text":%q,"about":"name"}`, eicar)).wants(t, 200).state(t); got.Verdict != "harmful" {
		t.Errorf("%+v", got)
	}
	c.send(t, "POST", "/texts", fmt.Sprintf(`{"text":%q,"about":"note"}`, strings.Repeat("x", 64<<10))).wants(t, 200)
	c.send(t, "POST", "/texts", fmt.Sprintf(`{"text":%q,"about":"note"}`, strings.Repeat("x", 64<<10+1))).wants(t, 413)
	c.send(t, "POST", "/texts", `{"text":"x","about":"else"}`).wants(t, 422)
	c.send(t, "POST", "/texts", `{"text":"x","text":"y","about":"note"}`).wants(t, 400)
}
