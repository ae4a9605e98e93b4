package secondfactor_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
)

var noon = time.Date(2026, 3, 1, 12, 0, 10, 0, time.UTC)

func code(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	c, err := secondfactor.Code(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// withApp is somebody whose app was set up a while before noon, and their secret and recovery
// codes.
func withApp(t *testing.T) (f *secondfactor.Factors, secret string, recovery []string) {
	t.Helper()
	f, secret = new(secondfactor.Factors), secondfactor.NewSecret()
	before := noon.Add(-time.Hour)
	recovery, err := f.AddApp(secret, code(t, secret, before), before)
	if err != nil || len(recovery) != secondfactor.RecoveryCodes {
		t.Fatalf("set up: %d codes, %v", len(recovery), err)
	}
	return f, secret, recovery
}

// RFC 6238, appendix B: the secret "12345678901234567890" at these times, cut to six digits.
func TestCodesAreThoseOfTheStandard(t *testing.T) {
	const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	got := map[int64]string{}
	for _, at := range []int64{59, 1111111109, 1111111111, 1234567890, 2000000000} {
		got[at] = code(t, secret, time.Unix(at, 0))
	}
	want := map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("codes (-want +got):\n%s", d)
	}
}

// A code counts from one step before to one after, once, and no older one after it. A clock that is
// off by two minutes is told so.
func TestCodeCountsOnceInItsTime(t *testing.T) {
	for name, c := range map[string]struct {
		off  time.Duration // of the app's clock
		want error
		says string
	}{
		"right":                {0, nil, ""},
		"a step behind":        {-30 * time.Second, nil, ""},
		"a step ahead":         {30 * time.Second, nil, ""},
		"two steps behind":     {-60 * time.Second, secondfactor.ErrClock, "one minute behind our clock"},
		"two steps ahead":      {60 * time.Second, secondfactor.ErrClock, "one minute ahead of our clock"},
		"two minutes slow":     {-2 * time.Minute, secondfactor.ErrClock, "2 minutes behind our clock"},
		"two minutes fast":     {2 * time.Minute, secondfactor.ErrClock, "clock of your device is fast"},
		"five minutes slow":    {-5 * time.Minute, secondfactor.ErrClock, "5 minutes behind"},
		"half an hour too old": {-30 * time.Minute, secondfactor.ErrCode, ""},
	} {
		f, secret, _ := withApp(t)
		typed := code(t, secret, noon.Add(c.off))
		err := f.ProveCode(typed, noon)
		if !errors.Is(err, c.want) || c.want == nil && err != nil || !strings.Contains(secondfactor.Sentence(err), c.says) {
			t.Errorf("%s: got %v, %q", name, err, secondfactor.Sentence(err))
		}
		if c.want != nil {
			continue
		}
		if err := f.ProveCode(typed, noon); !errors.Is(err, secondfactor.ErrCodeUsed) {
			t.Errorf("%s, again: got %v, want ErrCodeUsed", name, err)
		}
	}
	f, secret, _ := withApp(t)
	if err := f.ProveCode(code(t, secret, noon), noon); err != nil {
		t.Fatal(err)
	}
	if err := f.ProveCode(code(t, secret, noon.Add(-30*time.Second)), noon); !errors.Is(err, secondfactor.ErrCodeUsed) {
		t.Errorf("an older code after a newer one: got %v, want ErrCodeUsed", err)
	}
	if err := f.ProveCode(code(t, secret, noon.Add(30*time.Second)), noon.Add(30*time.Second)); err != nil {
		t.Errorf("the next code: %v", err)
	}
}

// The code that set the app up is used, too.
func TestCodeOfTheSetUpIsUsed(t *testing.T) {
	f, secret, _ := withApp(t)
	before := noon.Add(-time.Hour)
	if err := f.ProveCode(code(t, secret, before), before); !errors.Is(err, secondfactor.ErrCodeUsed) {
		t.Errorf("got %v, want ErrCodeUsed", err)
	}
}

// Spaces are the reader's; what cannot be a code is no guess.
func TestCodeForms(t *testing.T) {
	f, secret, _ := withApp(t)
	for _, typed := range []string{"", "12345", "1234567", "12345a", "１２３４５６", "-12345", "0x1234"} {
		for range 6 {
			if err := f.ProveCode(typed, noon); !errors.Is(err, secondfactor.ErrCode) {
				t.Fatalf("%q: got %v, want ErrCode", typed, err)
			}
		}
	}
	c := code(t, secret, noon)
	if err := f.ProveCode(" "+c[:3]+" "+c[3:], noon); err != nil {
		t.Errorf("with spaces: %v", err)
	}
}

// Five wrong codes lock the app, right ones too, and for longer each time. A recovery code counts
// all the same, and does not unlock it.
func TestWrongCodesLock(t *testing.T) {
	f, secret, recovery := withApp(t)
	now, wrong := noon, func(at time.Time) string {
		for _, guess := range []string{"000000", "111111", "222222"} {
			if err := new(secondfactor.Factors).ProveCode(guess, at); err == nil {
				t.Fatal("nobody's code is right")
			}
			right := false
			for d := -12; d <= 12; d++ {
				right = right || code(t, secret, at.Add(time.Duration(d)*secondfactor.Step)) == guess
			}
			if !right {
				return guess
			}
		}
		t.Fatal("no wrong code")
		return ""
	}
	for _, lock := range []time.Duration{15 * time.Minute, 30 * time.Minute, time.Hour} {
		for range 5 {
			if err := f.ProveCode(wrong(now), now); !errors.Is(err, secondfactor.ErrCode) {
				t.Fatalf("a wrong code: got %v, want ErrCode", err)
			}
		}
		last := now.Add(lock - time.Second)
		err := f.ProveCode(code(t, secret, last), last)
		if !errors.Is(err, secondfactor.ErrLocked) || !strings.Contains(secondfactor.Sentence(err), "one minute") {
			t.Errorf("within %v: got %v, %q", lock, err, secondfactor.Sentence(err))
		}
		if err := f.UseRecovery(recovery[0]); err != nil {
			t.Errorf("a recovery code, locked: %v", err)
		}
		if err := f.ProveCode(code(t, secret, last), last); !errors.Is(err, secondfactor.ErrLocked) {
			t.Errorf("after a recovery code: got %v, want ErrLocked", err)
		}
		now, recovery = now.Add(lock), recovery[1:]
	}
	if err := f.ProveCode(code(t, secret, now), now); err != nil {
		t.Errorf("after the lock: %v", err)
	}
	for range 4 {
		f.ProveCode(wrong(now), now)
	}
	now = now.Add(time.Minute)
	if err := f.ProveCode(code(t, secret, now), now); err != nil {
		t.Errorf("after a right code four wrong ones lock: %v", err)
	}
}

func TestAddApp(t *testing.T) {
	f, _, _ := withApp(t)
	secret := secondfactor.NewSecret()
	if _, err := f.AddApp(secret, code(t, secret, noon), noon); !errors.Is(err, secondfactor.ErrSetUp) {
		t.Errorf("a second app: got %v, want ErrSetUp", err)
	}
	var none secondfactor.Factors
	if _, err := none.AddApp(secret, code(t, secret, noon.Add(2*time.Minute)), noon); !errors.Is(err, secondfactor.ErrClock) {
		t.Errorf("a clock two minutes fast: got %v, want ErrClock", err)
	}
	if _, err := none.AddApp(secret, "12345", noon); !errors.Is(err, secondfactor.ErrCode) || none.IsSetUp() {
		t.Errorf("no code: got %v, set up: %v", err, none.IsSetUp())
	}
	if _, err := none.AddApp("AAAA", "123456", noon); err == nil {
		t.Error("a secret of 20 bits is taken")
	}
	if err := none.ProveCode("123456", noon); !errors.Is(err, secondfactor.ErrNotSetUp) {
		t.Errorf("a code without an app: got %v, want ErrNotSetUp", err)
	}
	if err := f.RemoveApp(); err != nil || f.IsSetUp() || len(f.Recovery) > 0 {
		t.Errorf("removed: %v, left: %+v", err, f)
	}
	if err := f.RemoveApp(); !errors.Is(err, secondfactor.ErrNotSetUp) {
		t.Errorf("removed twice: got %v, want ErrNotSetUp", err)
	}
}

// A recovery code counts once, however it is spelt. New ones void those that are left.
func TestRecoveryCodes(t *testing.T) {
	f, _, codes := withApp(t)
	if err := f.UseRecovery(strings.ToUpper(strings.ReplaceAll(codes[3], "-", " "))); err != nil {
		t.Errorf("in capitals: %v", err)
	}
	for name, typed := range map[string]string{
		"used": codes[3], "empty": "", "short": codes[4][:10], "another's": "abcd-efgh-2345-ijkl",
	} {
		if err := f.UseRecovery(typed); !errors.Is(err, secondfactor.ErrRecovery) {
			t.Errorf("%s: got %v, want ErrRecovery", name, err)
		}
	}
	fresh, err := f.NewCodes()
	if err != nil || len(fresh) != 10 || len(f.Recovery) != 10 {
		t.Fatalf("new ones: %d, %v", len(fresh), err)
	}
	if err := f.UseRecovery(codes[5]); !errors.Is(err, secondfactor.ErrRecovery) {
		t.Errorf("an old one after new ones: got %v, want ErrRecovery", err)
	}
	if _, err := new(secondfactor.Factors).NewCodes(); !errors.Is(err, secondfactor.ErrNotSetUp) {
		t.Errorf("codes for nothing: got %v, want ErrNotSetUp", err)
	}
}

func TestQR(t *testing.T) {
	address := secondfactor.Address(secondfactor.Owner{Label: "ada & co@acme.example"}, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
	want := "otpauth://totp/Bulkhead:ada%20&%20co@acme.example?algorithm=SHA1&digits=6&issuer=Bulkhead&period=30&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	if address != want {
		t.Errorf("the address is %s, want %s", address, want)
	}
	q, err := secondfactor.NewQR(address)
	if err != nil || q.Size < 40 || !strings.HasPrefix(q.Path, "M4 4h7v1h-7z") { // the finder begins after the quiet zone
		t.Errorf("size %d, path %.30q, %v", q.Size, q.Path, err)
	}
	if _, err := secondfactor.NewQR(strings.Repeat("x", 5000)); err == nil {
		t.Error("a text that fits in no code is drawn")
	}
}
