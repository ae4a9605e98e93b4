package main

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/firestore"
	fsadmin "cloud.google.com/go/firestore/apiv1/admin"
	fsadminpb "cloud.google.com/go/firestore/apiv1/admin/adminpb"
)

// nodeFiles are what people do with Google's packages for Node, as tests of Node's own runner, and
// the versions of the packages.
//
//go:embed node
var nodeFiles embed.FS

// nodeTests are the files of tests, each run by itself, in this order.
var nodeTests = []string{"firestore.test.mjs", "storage.test.mjs", "pubsub.test.mjs", "admin.test.mjs"}

const nodeCount = 26 // tests in all of them

// knownNode are the tests that fail, each with its reason.
var knownNode = map[string]string{}

// runNode runs the official packages for Node against a local cloud, as they are shipped: the names
// of Google lead to a front of ours. Where there is no Node, it says so and that is all.
func runNode(ctx context.Context, o options) (err error) {
	for _, command := range []string{"node", "npm"} {
		if _, err := exec.LookPath(command); err != nil {
			fmt.Fprintf(o.stdout, "node: not run: there is no %s on this machine\n", command)
			return nil
		}
	}
	dir, err := os.MkdirTemp("", "conformance-node-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	files, err := fs.Sub(nodeFiles, "node")
	if err != nil {
		return err
	}
	if err := os.CopyFS(dir, files); err != nil {
		return err
	}
	install := exec.CommandContext(ctx, "npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
	install.Dir, install.Stderr = dir, o.stderr
	if err := install.Run(); err != nil {
		return fmt.Errorf("npm install: %w", err)
	}
	w, err := openWorld(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.cloud.Close()) }()
	f, err := newFront(w.cloud.Endpoints())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	env, err := prepareNode(ctx, w, f)
	if err != nil {
		return fmt.Errorf("preparing the cloud: %w", err)
	}
	var results []result
	var faults []string
	for _, file := range nodeTests {
		some, printed, err := nodeTest(ctx, dir, file, env, o)
		if err != nil {
			faults = append(faults, file+": "+err.Error())
		}
		if printed != "" && !o.verbose {
			io.WriteString(o.stderr, printed)
		}
		results = append(results, some...)
	}
	s := suite{name: "node", known: knownNode, count: nodeCount}
	if faults = append(faults, s.report(o, results)...); len(faults) > 0 {
		return fmt.Errorf("not as expected: %q", faults)
	}
	return nil
}

// prepareNode makes the default database and the account that the tests are, and returns their
// environment: that account's key as application default credentials, and the front.
func prepareNode(ctx context.Context, w *world, f *front) ([]string, error) {
	databases, err := fsadmin.NewFirestoreAdminClient(ctx, w.asOwner()...)
	if err != nil {
		return nil, err
	}
	defer databases.Close()
	op, err := databases.CreateDatabase(ctx, &fsadminpb.CreateDatabaseRequest{
		Parent: projectName, DatabaseId: firestore.DefaultDatabaseID,
		Database: &fsadminpb.Database{LocationId: "nam5", Type: fsadminpb.Database_FIRESTORE_NATIVE},
	})
	if err != nil {
		return nil, err
	}
	if _, err := op.Wait(ctx); err != nil {
		return nil, err
	}
	key, err := w.account(ctx, "node-tests", "roles/datastore.owner", "roles/storage.admin", "roles/pubsub.admin",
		"roles/identityplatform.admin", "roles/iam.serviceAccountTokenCreator")
	if err != nil {
		return nil, err
	}
	path, err := w.file("node.json", key)
	if err != nil {
		return nil, err
	}
	ca, err := w.file("ca.pem", f.ca)
	return []string{
		"CONFORMANCE_PROJECT=" + project,
		"CONFORMANCE_API_KEY=" + w.cloud.APIKey(),
		"CONFORMANCE_FRONT=" + strconv.Itoa(f.port()),
		"GOOGLE_APPLICATION_CREDENTIALS=" + path,
		"GOOGLE_CLOUD_PROJECT=" + project,
		"NODE_EXTRA_CA_CERTS=" + ca,
		"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH=" + ca,
		"NO_PROXY=*",
	}, err
}

// misleads reports whether a variable of the environment sends the packages elsewhere, be it empty.
func misleads(variable string) bool {
	name, _, _ := strings.Cut(variable, "=")
	return strings.HasSuffix(name, "_EMULATOR_HOST") || name == "FIREBASE_CONFIG"
}

var (
	tapResult   = regexp.MustCompile(`(?m)^(not )?ok \d+ - (.*)\n  ---\n  duration_ms: ([\d.]+)`)
	tapFailures = regexp.MustCompile(`(?m)^not ok`)
)

// nodeTest runs one file of tests. printed is what it printed, if a test that is not known to fail
// did.
func nodeTest(ctx context.Context, dir, file string, env []string, o options) (results []result, printed string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "--import", "./front.mjs", "--test-reporter=tap", "--test-timeout=30000", "--test-force-exit", file)
	if o.pattern != "" {
		cmd.Args = append(cmd.Args[:len(cmd.Args)-1], "--test-name-pattern="+o.pattern, file)
	}
	var out bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &out
	cmd.Env = append(slices.DeleteFunc(os.Environ(), misleads), env...)
	failed := cmd.Run()
	if o.verbose {
		o.stdout.Write(out.Bytes())
	}
	for _, m := range tapResult.FindAllStringSubmatch(out.String(), -1) {
		ms, _ := strconv.ParseFloat(m[3], 64)
		r := result{name: m[2], outcome: "pass", took: time.Duration(ms * float64(time.Millisecond))}
		if m[1] != "" {
			r.outcome = "fail"
			if knownNode[r.name] == "" {
				printed = out.String()
			}
		}
		results = append(results, r)
	}
	if failed != nil && !tapFailures.Match(out.Bytes()) {
		return results, out.String(), failed
	}
	return results, printed, nil
}
