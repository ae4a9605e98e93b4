package firestore

import (
	"cmp"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"time"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/transaction"
)

// MaxRequestBytes is the largest request the service takes: what Google's front end lets through,
// of which a commit may have 10 MiB. A gRPC server that serves it must be made with
// grpc.MaxRecvMsgSize of at least that.
const MaxRequestBytes = 11 << 20

// Config configures a Server.
type Config struct {
	Dir     string // the file firestore.db is kept there; made if missing
	Project string
	Others  func(project string) bool // reports whether there is another project of that id; nil: there is none
	Now     func() time.Time          // nil: time.Now
	Logger  *slog.Logger              // nil: slog.Default

	// Indexes says whether a query is refused that the service would need an index for.
	Indexes Indexes

	// IdleTransactions is how long a transaction may be unused before it expires, and its locks
	// with it; 0: a minute, as in the service.
	IdleTransactions time.Duration

	// ForgetPolicy is called when a database is deleted, and before one is created, with its name:
	// the allow policy of one must not become that of the next. nil: databases have no policies.
	ForgetPolicy func(database string) error
}

// Indexes says what becomes of a query that needs an index which was not made.
type Indexes int

const (
	IndexesEnforced Indexes = iota // it is refused, as the service does it: FailedPrecondition
	IndexesOff                     // it runs
)

// MarshalText writes i as a flag has it: "on" or "off".
func (i Indexes) MarshalText() ([]byte, error) {
	if i == IndexesOff {
		return []byte("off"), nil
	}
	return []byte("on"), nil
}

// UnmarshalText reads what MarshalText wrote, and nothing else.
func (i *Indexes) UnmarshalText(text []byte) error {
	switch string(text) {
	case "on":
		*i = IndexesEnforced
	case "off":
		*i = IndexesOff
	default:
		return fmt.Errorf("%q is neither on nor off", text)
	}
	return nil
}

// Server serves the databases of its projects.
type Server struct {
	indexes      Indexes
	building     atomic.Int64 // how long an index is built, a time.Duration
	now          func() time.Time
	project      string // the first one
	hasProject   func(id string) bool
	forgetPolicy func(database string) error
	store        *store.Store
	transactions *transaction.Table
}

// Open opens the databases kept in cfg.Dir. A folder can be open in one process at a time.
func Open(cfg Config) (*Server, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.ForgetPolicy == nil {
		cfg.ForgetPolicy = func(string) error { return nil }
	}
	limits := transaction.DefaultLimits
	limits.Idle = cmp.Or(cfg.IdleTransactions, limits.Idle)
	st, err := store.Open(filepath.Join(cfg.Dir, "firestore.db"), cfg.Now, cfg.Logger)
	if err != nil {
		return nil, err
	}
	return &Server{
		indexes:      cfg.Indexes,
		now:          cfg.Now,
		project:      cfg.Project,
		hasProject:   func(id string) bool { return id == cfg.Project || cfg.Others != nil && cfg.Others(id) },
		forgetPolicy: cfg.ForgetPolicy,
		store:        st,
		transactions: transaction.NewTable(limits, cfg.Now),
	}, nil
}

// Register registers the services on g.
func (s *Server) Register(g *grpc.Server) {
	firestorepb.RegisterFirestoreServer(g, &documents{Server: s})
	adminpb.RegisterFirestoreAdminServer(g, &admin{Server: s})
	longrunningpb.RegisterOperationsServer(g, &operations{Server: s})
}

// Close ends the server once the commits under way are answered. Stop the gRPC server first.
func (s *Server) Close() error { return s.store.Close() }

// Expire ends what is over by Config.Now. It is to be called when that clock was put forward:
// timers do not see it.
func (s *Server) Expire() { s.transactions.Expire() }

// documents serves google.firestore.v1.Firestore.
type documents struct {
	firestorepb.UnimplementedFirestoreServer
	*Server
}

// database returns the database of that full name; the error is InvalidArgument or NotFound.
func (s *Server) database(name string) (*store.Database, error) {
	db, err := resource.ParseDatabase(name)
	if err != nil {
		return nil, err
	}
	return s.store.Database(db)
}

// below returns the database a document name or the name of a parent of collections stands in, and
// its path there.
func (s *Server) below(parent string) (*store.Database, string, error) {
	name, path, err := resource.ParseParent(parent)
	if err != nil {
		return nil, "", err
	}
	db, err := s.store.Database(name)
	return db, path, err
}

// document returns the database and the key of the document of that full name.
func (s *Server) document(name string) (*store.Database, resource.Key, error) {
	dbName, key, err := resource.ParseDocument(name)
	if err != nil {
		return nil, resource.Key{}, err
	}
	db, err := s.store.Database(dbName)
	return db, key, err
}

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}
