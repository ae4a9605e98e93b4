package isolint

import "regexp"

// sensitive are the modules whose exported functions are judged by what they take and return.
var sensitive = []string{
	"cloud.google.com/go/...",
	"firebase.google.com/go/...",
	"github.com/googleapis/...",
	"gocloud.dev/...",
	"golang.org/x/oauth2/google/...",
	"golang.org/x/oauth2/jwt",
	"google.golang.org/api/...",
	"google.golang.org/appengine/...",
	"google.golang.org/genproto/...",
	"google.golang.org/grpc/...",
}

// banned are the packages that feature code has no reason to import, with the rule that says so.
var banned = []struct {
	path string
	rule Rule
}{
	{"cloud.google.com/go/auth/...", Credential},
	{"cloud.google.com/go/compute/metadata", Credential},
	{"cloud.google.com/go/iam/credentials/...", Credential},
	{"github.com/googleapis/enterprise-certificate-proxy/...", Credential},
	{"golang.org/x/oauth2/google/...", Credential},
	{"golang.org/x/oauth2/jwt", Credential},
	{"google.golang.org/api/idtoken", Credential},
	{"google.golang.org/api/impersonate", Credential},
	{"google.golang.org/api/option/...", Credential},
	{"google.golang.org/api/transport/...", Credential},
	{"google.golang.org/appengine/...", Credential},
	{"google.golang.org/grpc/credentials/alts/...", Credential},
	{"google.golang.org/grpc/credentials/google", Credential},
	{"google.golang.org/grpc/credentials/oauth", Credential},
	{"gocloud.dev/...", Client},
	{"C", Bypass},
	{"os/exec", Bypass},
	{"plugin", Bypass},
	{"runtime/cgo", Bypass},
	{"unsafe", Bypass},
}

// functions are judged by name, for their signatures say nothing. A name may end in "*".
var functions = []struct {
	name string
	rule Rule
}{
	{"os.CopyFS", File},
	{"os.DirFS", File},
	{"os.Open*", File},
	{"os.ReadFile", File},
	{"io/ioutil.ReadFile", File},
	{"net/http.Dir", File},
	{"net/http.ServeFile", File},
	{"html/template.Parse*", File},
	{"text/template.Parse*", File},
	{"syscall.Open*", File},
	{"golang.org/x/sys/unix.Open*", File},
	{"crypto/tls.LoadX509KeyPair", Key},
	{"crypto/x509.ParseECPrivateKey", Key},
	{"crypto/x509.ParsePKCS1PrivateKey", Key},
	{"crypto/x509.ParsePKCS8PrivateKey", Key},
	{"encoding/pem.Decode", Key},
	{"github.com/golang-jwt/jwt/v4.ParseRSAPrivateKey*", Key},
	{"github.com/golang-jwt/jwt/v5.ParseRSAPrivateKey*", Key},
	{"golang.org/x/crypto/ssh.ParseRawPrivateKey*", Key},
	{"os.StartProcess", Bypass},
	{"reflect.NewAt", Bypass},
	{"syscall.Exec", Bypass},
	{"syscall.ForkExec", Bypass},
	{"syscall.Mmap", Bypass},
	{"syscall.RawSyscall*", Bypass},
	{"syscall.StartProcess", Bypass},
	{"syscall.Syscall*", Bypass},
	{"golang.org/x/sys/unix.Exec", Bypass},
	{"golang.org/x/sys/unix.Mmap*", Bypass},
	{"golang.org/x/sys/unix.RawSyscall*", Bypass},
	{"golang.org/x/sys/unix.Syscall*", Bypass},
}

// hosts are looked for in every string constant.
var hosts = []string{
	"googleapis.com",
	"google.internal",
	"accounts.google.com",
	"appspot.com",
	"169.254.169.254",
	"fd00:ec2::254",
}

// words are looked for in string constants and struct tags.
var words = []struct {
	text string
	rule Rule
}{
	{"GOOGLE_APPLICATION_CREDENTIALS", Credential},
	{"application_default_credentials", Credential},
	{"private_key", Key},
	{"service_account", Key},
	{" PRIVATE KEY-----", Key},
}

// request are Echo's types that a pool takes back when the handler returns.
var request = []string{
	"github.com/labstack/echo/v4.Context",
	"github.com/labstack/echo/v4.Response",
	"github.com/labstack/echo/v5.Context",
	"github.com/labstack/echo/v5.Response",
}

// detached are the functions that run what they are given when the caller may be gone.
var detached = []string{
	"context.AfterFunc",
	"golang.org/x/sync/errgroup.Group.Go",
	"golang.org/x/sync/errgroup.Group.TryGo",
	"golang.org/x/sync/singleflight.Group.DoChan",
	"net/http.Server.RegisterOnShutdown",
	"runtime.AddCleanup",
	"runtime.SetFinalizer",
	"sync.WaitGroup.Go",
	"time.AfterFunc",
}

var (
	clientName     = regexp.MustCompile(`(Client|ClientConn|ConnPool)$|^(App|Service)$`)
	credentialName = regexp.MustCompile(`^(Credentials|TokenProvider|TokenSource|PerRPCCredentials)$`)
	signing        = regexp.MustCompile(`^(Generate)?Sign(ed)?(URL|Blob|Jwt|JWT|Post|Bytes)|^GenerateSigned|^Generate(Access|Id)Token$`)
	keyFile        = regexp.MustCompile(`(?i)\.(pem|p12|pfx|key)$|(key|cred|secret|service.?account|adc)[^/]*\.json$`)
)
