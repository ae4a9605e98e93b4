package main

const (
	serviceB      = "internal/inspection/"
	serviceBTests = "./internal/inspection"

	clientClaims  = serviceB + "clienttoken/claims.go"
	clientKeys    = serviceB + "clienttoken/keys.go"
	clientKeySets = serviceB + "clienttoken/keyset.go"
	apiAccess     = serviceB + "api/access.go"
	recordKeys    = serviceB + "records/keys.go"
	recordStore   = serviceB + "records/store.go"
	intakeFile    = serviceB + "intake/intake.go"
	intakeReceive = serviceB + "intake/receive.go"
	intakeInspect = serviceB + "intake/inspect.go"
	intakeTend    = serviceB + "intake/tend.go"
	partsFile     = serviceB + "parts/parts.go"
	sandboxRunner = serviceB + "sandbox/runner.go"
	sandboxPipe   = serviceB + "sandbox/pipe.go"
	sandboxLinux  = serviceB + "sandbox/confine_linux.go"
)

// inspectionMutants are defects in Service B.
var inspectionMutants = []mutant{
	// Whose tokens count.
	{"any use is inspection", "TF-06", clientClaims, `case c.Use.Value != Use:`, `case c.Use.Value == "":`, "", "Verify"},
	{"a token without a use is for B", "TF-06", clientClaims, `case c.Use.Value != Use:`, `case c.Use.Present && c.Use.Value != Use:`, "", "Verify"},
	{"a token is for any project", "TF-06", clientClaims, "	case string(c.Audience) != by.Audience:\n		return Client{}, refused(\"audience\")\n	case c.Subject == \"\":\n		return Client{}, refused(\"subject\")\n	case c.Use.Value != Use:",
		"	case c.Subject == \"\":\n		return Client{}, refused(\"subject\")\n	case c.Use.Value != Use:", "", "Verify"},
	{"a person of no tenant comes in", "TF-06", clientClaims, `case c.Firebase.Tenant.Value == "":`, `case c.Firebase.Tenant.Value == "x":`, "", "Verify"},
	{"a document's name leads elsewhere", "TF-06", clientClaims, "	case !IsName(c.Document.Value):\n		return Client{}, refused(\"document\")\n	}\n	return Client{c.Tenant.Value", "	}\n	return Client{c.Tenant.Value", "", "Verify"},
	{"names of another case are skipped", "TF-07", clientClaims, `knownnames.Check(maps.Keys(c.Others), claimNames) != nil || `, ``, "", "Verify"},
	{"names within firebase are skipped", "TF-07", clientClaims, ` || knownnames.Check(maps.Keys(c.Firebase.Others), firebaseNames) != nil`, ``, "", "Verify"},
	{"a token never ends", "TF-09", clientClaims, `case at >= c.Expires+leeway:`, `case c.Expires == 0:`, "", "Verify"},
	{"a token lives as long as it says", "TF-09", clientClaims, ` || c.Expires-c.IssuedAt > life:`, `:`, "", "Verify"},
	{"a token of tomorrow counts today", "TF-09", clientClaims, `case c.IssuedAt > at+leeway || c.Before > at+leeway:`, `case c.IssuedAt > at+leeway:`, "", "Verify"},
	{"a tenant's issuer speaks for others", "IF-02", clientClaims, `case c.Tenant.Present && c.Tenant.Value != by.Tenant:`, `case c.Tenant.Present && c.Tenant.Value == "":`, serviceBTests, "TenantsIssuer"},
	{"a tenant's issuer signs for anybody", "IF-02", clientClaims, "	case string(c.Audience) != by.Audience:\n		return Client{}, refused(\"audience\")\n	case c.Subject == \"\":\n		return Client{}, refused(\"subject\")\n	case c.Use.Present",
		"	case c.Subject == \"\":\n		return Client{}, refused(\"subject\")\n	case c.Use.Present", serviceBTests, "TenantsIssuer"},
	{"the signature is not looked at", "TF-01", serviceB + "clienttoken/verifier.go", `if err := t.verify(key); err != nil {`, `if err := t.verify(key); err != nil && key == nil {`, "", "Verify"},
	{"a token says by which rules it is verified", "TF-03", serviceB + "clienttoken/jws.go", `json.Unmarshal(header, &h, json.RejectUnknownMembers(true))`, `json.Unmarshal(header, &h)`, "", "Verify"},
	{"any algorithm is ours", "TF-01", serviceB + "clienttoken/jws.go", `case string(h.Algorithm) != jwt.SigningMethodRS256.Alg():`, `case h.Algorithm == "":`, "", "Verify"},
	{"ids that are made up cost a fetch each", "IF-04", clientKeys, `s.running == nil && now.Sub(s.tried) >= pause`, `s.running == nil`, "", "Keys"},
	{"keys serve for ever", "IF-06", clientKeys, `if s.now().Sub(s.fetched) >= keysKept {`, `if s.now().Sub(s.fetched) < 0 {`, "", "Keys"},
	{"an issuer that is away has no keys", "IF-06", clientKeys, `	if err == nil {
		now := s.now()`, `	if err != nil {
		s.keys = nil
	} else {
		now := s.now()`, "", "Keys"},
	{"two keys of one id are one", "IF-04", clientKeySets, `			delete(keys, k.ID)`, `			_ = keys`, "", "KeySets"},
	{"a key for encryption signs", "IF-04", clientKeySets, `k.Use != "" && k.Use != "sig" || `, ``, "", "KeySets"},

	// Who may name which document.
	{"a credential opens any document", "TM-01", apiAccess, `if c.document.ID != document {`, `if c.document.ID == "" {`, serviceBTests, "AnothersDocument|TestKeys"},
	{"a key does what a token does", "AK-01", apiAccess, `if clientOnly && c.key != "" {`, `if clientOnly && c.key == "-" {`, serviceBTests, "TestKeys"},
	{"two credentials are one", "TM-02", apiAccess, `if len(r.Header.Values("Authorization")) != 1 {`, `if len(r.Header.Values("Authorization")) < 1 {`, serviceBTests, "NoCredential"},
	{"a key ends another", "AK-01", serviceB + "api/keys.go", `if c.key != "" && c.key != in.ID {`, `if c.key == "-" {`, serviceBTests, "TestKeys"},
	{"a tenant's requests are not counted", "RE-01", serviceB + "api/limits.go", `n.underWay >= c.limits.AtOnce || !n.rate.Allow()`, `n.underWay >= c.limits.AtOnce`, serviceBTests, "TestLimits"},
	{"a tenant has any number of requests at once", "RE-01", serviceB + "api/limits.go", `n.underWay >= c.limits.AtOnce || !n.rate.Allow()`, `!n.rate.Allow()`, serviceBTests, "TestLimits"},
	{"any page may read", "SX-03", serviceB + "api/origins.go", `if !slices.Contains(a.Origins, r.Header.Get("Origin")) {`, `if !slices.Contains(a.Origins, r.Header.Get("Origin")) && len(a.Origins) == 0 {`, serviceBTests, "Origins"},

	// Keys.
	{"a key's secret is not looked at", "AK-01", recordKeys, `subtle.ConstantTimeCompare(k.Digest, digest(text)) != 1`, `subtle.ConstantTimeCompare(k.Digest, digest(text)) > 1`, serviceBTests, "TestKeys"},
	{"a key never ends", "AK-04", recordKeys, ` || !s.Now().Before(k.Expires) {`, ` {`, serviceBTests, "TestKeys"},
	{"a key is kept as it is", "AK-01", recordKeys, `	sum := sha256.Sum256([]byte(text))
	return sum[:]`, `	_ = sha256.Size
	return []byte(text)`, serviceBTests, "TestKeys"},
	{"a document has any number of keys", "AK-01", recordKeys, `for len(rec.Keys) > MostKeys {`, `for len(rec.Keys) > 1000 {`, serviceBTests, "TestKeys"},
	{"a key of another document is revoked", "AK-01", recordKeys, `		if at < 0 {
			return nil
		}
		rec.Keys = slices.Delete(rec.Keys, at, at+1)`, `		if at >= 0 {
			rec.Keys = slices.Delete(rec.Keys, at, at+1)
		}`, serviceBTests, "TestKeys"},
	{"keys outlive their document", "AK-04", recordStore, `			faults = append(faults, tx.Delete(s.key(k.ID)), tx.Delete(s.dueKey(k.ID)))
		}
		return errors.Join(append(faults, tx.Delete(s.document(d)))...)`, `			faults = append(faults, tx.Delete(s.dueKey(k.ID)))
		}
		return errors.Join(append(faults, tx.Delete(s.document(d)))...)`, serviceBTests, "TestErase"},
	{"a document has any number of generations", "RE-01", recordStore, `keep := max(0, len(rec.Generations)-MostGenerations)`, `keep := max(0, len(rec.Generations)-10*MostGenerations)`, serviceBTests, "ManyGenerations"},

	// What is received.
	{"another size is the same file", "EV-04", intakeFile, `case g.Size != a.Size || g.CRC32C != a.CRC32C:`, `case g.CRC32C != a.CRC32C:`, serviceBTests, "TestParts"},
	{"another checksum is the same file", "EV-04", intakeFile, `case g.Size != a.Size || g.CRC32C != a.CRC32C:`, `case g.Size != a.Size:`, serviceBTests, "TestParts"},
	{"a damaged file is inspected", "EV-04", intakeFile, `if g.Checksum != g.CRC32C {`, `if g.Checksum == 0 && g.Size > 0 {`, serviceBTests, "TestFailures"},
	{"a file of any size is received", "EV-04", intakeFile, `case g.Size > i.Limits.File:`, `case g.Size < 0:`, serviceBTests, "TestFailures"},
	{"what is under way begins again", "EV-04", intakeFile, `	if old.State != records.Failed {
		return records.Generation{}, ErrNotFailed
	}`, `	if old.State == records.Done {
		return records.Generation{}, ErrNotFailed
	}`, serviceBTests, "TestFailures"},
	{"a part may leave a gap", "EV-04", intakeReceive, `case at.First != g.Received:`, `case at.First < g.Received:`, serviceBTests, "TestParts"},
	{"a part may overlap", "EV-04", intakeReceive, `case at.First != g.Received:`, `case at.First > g.Received:`, serviceBTests, "TestParts"},
	{"a part of another file is taken", "EV-04", intakeReceive, `case at.Size != g.Size:`, `case at.Size == 0:`, serviceBTests, "TestParts"},
	{"the same part counts twice", "EV-04", intakeReceive, `		if wanted, err := expects(*now, at); err != nil {
			return err
		} else if !wanted { // the same part came twice at once, and the other was faster
			return records.ErrUnchanged
		}`, ``, serviceBTests, "SamePartAtOnce"},
	{"a number is written in two ways", "EV-04", intakeReceive, ` || strconv.FormatInt(n[i], 10) != m[i+1] {`, ` {`, "", "ParseRange"},
	{"a part may be of any length", "EV-04", intakeReceive, ` || r.Length() > MostPart {`, ` {`, "", "ParseRange"},
	{"a body that breaks off is a part", "EV-04", partsFile, `case err != nil && err == from.failed:`, `case err == io.EOF:
	case err != nil && err == from.failed:`, serviceBTests, "TestParts|BreaksOff"},
	{"a body may go on", "EV-04", partsFile, `n > 0 {
		return records.Part{}, ErrLong
	}`, `n > 1 {
		return records.Part{}, ErrLong
	}`, serviceBTests, "TestParts"},

	// What is inspected.
	{"two processes inspect one file", "EV-06", intakeInspect, `case g.State != records.Inspecting || g.Lease.Held(now):`, `case g.State != records.Inspecting:`, serviceBTests, "TestTwoProcesses"},
	{"a dead process holds its lease", "EV-06", serviceB + "records/generation.go", `return l.Holder != "" && now.Before(l.Until)`, `return l.Holder != ""`, serviceBTests, "KilledWhileInspecting"},
	{"a deadly file is inspected for ever", "EV-06", intakeInspect, `case g.Tries >= mostTries:`, `case g.Tries >= 100*mostTries:`, serviceBTests, "DeadlyFile"},
	{"a stopped process keeps its lease", "EV-06", intakeInspect, "		case errors.Is(failure, context.Canceled): // the process stops\n			now.Tries--\n", "		case errors.Is(failure, context.Canceled): // the process stops\n			return records.ErrUnchanged\n", serviceBTests, "StoppedWhileInspecting"},
	{"a bucket that is away is a crash", "EV-06", intakeInspect, `case errors.Is(failure, sandbox.ErrCrashed):`, `case !errors.Is(failure, context.Canceled):`, serviceBTests, "BucketAway"},
	{"a tenant takes all places", "RE-01", serviceB + "intake/slots.go", `semaphore.NewWeighted(int64(s.per))`, `semaphore.NewWeighted(100)`, serviceBTests, "OneTenantIsSlow"},
	{"texts wait for files", "RE-01", intakeFile, `i.texts.enter(ctx, tenant)`, `i.files.enter(ctx, tenant)`, serviceBTests, "OneTenantIsSlow"},
	{"what could not be looked at is clean", "EV-06", intakeFile, `case len(r.Findings) > 0:`, `case len(r.Findings) < 0:`, serviceBTests, "TestFiles"},
	{"content stays after the inspection", "EV-06", intakeTend, `	if err := i.Bucket.Clear(ctx, item); err != nil {
		return err
	}
	_, err := i.Store.Update`, `	_, err := i.Store.Update`, serviceBTests, "TestFiles"},
	{"what did not come is waited for", "EV-06", intakeFile, `if !g.Ended() && !now.Before(g.Deadline) && `, `if g.State == records.Inspecting && !now.Before(g.Deadline) && `, serviceBTests, "TestFailures"},
	{"erased content is forgotten", "EV-06", intakeTend, `	if err := i.Bucket.Clear(ctx, item); err != nil {
		return err
	}
	return i.Store.Forget(ctx, item)`, `	return i.Store.Forget(ctx, item)`, serviceBTests, "TestErase$"},
	{"records stay", "EV-06", intakeTend, `case g.Ended() && !i.Store.Now().Before(g.Expires):`, `case g.Ended() && g.Expires.IsZero():`, serviceBTests, "Retention"},

	// The child.
	{"a child has all the time", "UP-06", sandboxRunner, `within, cancel := context.WithTimeout(ctx, r.limits.Wall)`, `within, cancel := context.WithTimeout(ctx, time.Hour)`, "", "HostileChildren/sleep"},
	{"a child says as much as it likes", "UP-06", sandboxRunner, `report, trace := &bounded{most: MostReport},`, `report, trace := &bounded{most: MostReport, drops: true},`, "", "HostileChildren/talk"},
	{"a child's report is believed", "UP-06", sandboxRunner, `if report.Size != size || report.Type == "" || len(report.SHA256) != 64 {`, `if report.Size != size {`, "", "HostileChildren/lie"},
	{"a report has members of its own", "UP-06", sandboxRunner, `json.Unmarshal(text, &report, json.RejectUnknownMembers(true))`, `json.Unmarshal(text, &report)`, "", "HostileChildren/unknown"},
	{"a child knows our environment", "UP-06", sandboxRunner, `c.Env, c.Dir, c.SysProcAttr = []string{}, "/", dying()`, `c.Env, c.Dir, c.SysProcAttr = os.Environ(), "/", dying()`, "", "HostileChildren/environment"},
	{"a child outlives the service", "UP-06", sandboxLinux, `return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}`, `return &syscall.SysProcAttr{}`, serviceBTests, "ChildDiesWithService"},
	{"a child asks for what is not there", "UP-06", sandboxPipe, `if at < 0 || n < 1 || n > mostAsked || at > size-n {`, `if at < 0 || n < 1 || n > mostAsked {`, "", "HostileChildren/ask"},
	{"a spin is a crash", "UP-06", sandboxRunner, `case ended != nil && r.usedUp(c.ProcessState):`, `case ended != nil && size < 0:`, "", "HostileChildren/spin"},
	{"a child has all the memory", "UP-06", sandboxLinux, `at + uint64(l.Memory),`, `at + 4*uint64(l.Memory),`, "", "HostileChildren/allocate"},
	{"a child writes files", "UP-06", sandboxLinux, `		syscall.RLIMIT_FSIZE:  0,`, ``, "", "HostileChildren/write"},
	{"a child computes for ever", "UP-06", sandboxLinux, `		syscall.RLIMIT_CPU:    seconds, // hard and soft are one: the system kills, and nobody is asked`, `		syscall.RLIMIT_CPU:    1000 * seconds,`, "", "HostileChildren/spin"},
	{"a report of any length is kept", "UP-06", serviceB + "sandbox/child.go", `if err != nil || len(text) <= MostReport {`, `if err != nil || len(text) > 0 {`, "", "ReportIsBounded"},
}
