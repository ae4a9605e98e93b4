package main

const guardDir = "guard/"

// guardMutants are defects in what may leave the process.
var guardMutants = []mutant{
	{"documents by a prefix of the root", "VE-02", guardDir + "names.go",
		`return ok && len(rest) > 1 && rest[0] == '/' && !dotted(rest)`, `return ok && len(rest) > 1 && !dotted(rest)`, "", "Firestore|Pool"},
	{"dots in the names of documents", "VE-02", guardDir + "names.go",
		`return ok && len(rest) > 1 && rest[0] == '/' && !dotted(rest)`, `return ok && len(rest) > 1 && rest[0] == '/'`, "", "Firestore|Names"},
	{"any object of a shared bucket", "VE-02", guardDir + "names.go",
		`return ok && g.bucket != "" &&`, `return (ok || g.prefix != "") && g.bucket != "" &&`, "", "Pool|Sign"},
	{"who has just signed in reads everybody's record", "VE-01", guardDir + "scope.go",
		`		if g.documents[i].name == path {`, `		if firstOf(g.documents[i].name) == first {`, "", "SignIn|Collections"},
	{"what lies beneath one's own document is one's own", "VE-06", guardDir + "scope.go",
		`		if g.documents[i].name == path {`, `		if strings.HasPrefix(path, g.documents[i].name) {`, "", "Collections"},
	{"collections without a name in the scope are readable", "VE-06", guardDir + "scope.go",
		`	return g.all
}`, `	return g.all | Read
}`, "", "Collections"},
	{"entries are changed", "AD-01", guardDir + "scope.go",
		`	if g.require != "" && first == g.require {
		verbs &= Read | Append`, `	if g.require != "" && first == g.require {
		verbs &= Read | Write`, "", "Require"},
	{"a change goes without an entry", "AD-01", guardDir + "write.go",
		`	if changes > 0 && (entries == 0 || !atomic) {`, `	if changes > 0 && !atomic {`, "", "Require"},
	{"a change and its entry are apart", "AD-01", guardDir + "write.go",
		`	if changes > 0 && (entries == 0 || !atomic) {`, `	if changes > 0 && entries == 0 {`, "", "Require"},
	{"an entry is anything beneath one", "AD-01", guardDir + "write.go",
		`case first == g.require && strings.Count(path, "/") == 1:`, `case first == g.require && strings.Count(path, "/") > 0:`, "", "Require"},
	{"an append replaces what is there", "VE-06", guardDir + "write.go",
		`	if !ok || exists.Exists {`, `	if ok && exists.Exists {`, "", "Append|Collections"},
	{"an append transforms what is there", "VE-06", guardDir + "write.go",
		`		if !ok || to.SetToServerValue`, `		if ok && to.SetToServerValue`, "", "Append"},
	{"an append has a mask", "VE-06", guardDir + "write.go",
		`len(mask.GetFieldPaths()) > 0 || `, ``, "", "Append"},
	{"viewers write", "VE-06", guardDir + "write.go",
		`		return Write, op.Update.GetName(), nil`, `		return Read, op.Update.GetName(), nil`, "", "ReadOnly|Collections"},
	{"the guard does not compare databases", "VE-06", guardDir + "firestore.go",
		`	if name != g.database {`, `	if name == "" {`, "", "TestFirestore"},
	{"the guard does not look at batch reads", "VE-06", guardDir + "firestore.go",
		`		if err := r.checkDocument(need, name); err != nil {`, `		if err := r.checkDocument(need, name); err != nil && name == "" {`, "", "TestFirestore"},
	{"the guard lets unknown methods pass", "VE-06", guardDir + "firestore.go",
		`	check, ok := firestoreRules[method]
	if !ok {
		return refuse(ErrRefused, "method %s is not on the list", method)
	}`, `	check, ok := firestoreRules[method]
	if !ok {
		return nil
	}`, "", "TestFirestore"},
	{"unknown fields name what was not seen", "VE-06", guardDir + "firestore.go",
		`	if len(m.ProtoReflect().GetUnknown()) > 0 {`, `	if len(m.ProtoReflect().GetUnknown()) > 1<<20 {`, "", "Unknown"},
	{"a query over all collections asks for one", "VE-06", guardDir + "query.go",
		`if have = g.least; id != "" && !descendants {`, `if have = g.least; id != "" {`, "", "Collections"},
	{"a query's second collection is not looked at", "VE-06", guardDir + "query.go",
		`	for _, from := range q.GetFrom() {`, `	for _, from := range q.GetFrom()[:1] {`, "", "Collections"},
	{"a reader locks what others write", "VE-06", guardDir + "transaction.go",
		`		if locks {
			need |= Append
		}
	}
	if begins`, `		if locks {
			need |= Read
		}
	}
	if begins`, "", "ReadLocks"},
	{"a reader begins what locks others' writes", "VE-06", guardDir + "transaction.go",
		`		if locks {
			need |= Append
		}
	}
	return need, nil`, `		if locks {
			need |= Read
		}
	}
	return need, nil`, "", "ReadLocks"},
	{"viewers begin read-write transactions", "VE-06", guardDir + "transaction.go",
		`	if !r.most.Has(Append) {`, `	if !r.most.Has(Append) && r.most == 0 {`, "", "ReadOnly"},
	{"another caller's transaction in a shared database", "TM-06", guardDir + "transaction.go",
		`		if !ok {
			return 0, errForeignTransaction`, `		if !ok && r.issued == nil {
			return 0, errForeignTransaction`, "", "ReadLocks"},
	{"another caller's page in a shared database", "TM-06", guardDir + "issued.go",
		`	if _, ok := r.issued.get('p', token); !ok {`, `	if _, ok := r.issued.get('p', token); !ok && token == "" {`, "", "Issued"},
	{"another caller's upload in a shared bucket", "TM-06", guardDir + "issued.go",
		`	if _, ok := issued.get('u', id); !ok {`, `	if _, ok := issued.get('u', id); !ok && id == "" {`, "", "Issued"},
	{"viewers write objects", "VE-06", guardDir + "storage.go",
		`	if !g.objects.Has(need) {
		return refuse(ErrNotPermitted, "%s %s", method, path)`, `	if !g.objects.Has(need & Read) {
		return refuse(ErrNotPermitted, "%s %s", method, path)`, "", "StorageReadOnly"},
	{"buckets by a prefix", "VE-02", guardDir + "storage.go",
		`	return strings.CutPrefix(rest, "/o")`, `	_, rest, ok = strings.Cut(rest, "/o")
	return rest, ok`, "", "Storage"},
	{"credentials go to any host", "IF-01", guardDir + "storage.go",
		`u.Host != origin.Host || `, ``, "", "Storage"},
	{"headers in another spelling", "VE-06", guardDir + "storage_headers.go",
		`	switch name {
	case "Accept",`, `	switch textproto.CanonicalMIMEHeaderKey(name) {
	case "Authorization", "Accept",`, "", "StorageHeaders"},
	{"a header with two values", "VE-06", guardDir + "storage_headers.go",
		`		if len(values) != 1 {`, `		if len(values) < 1 {`, "", "StorageHeaders"},
	{"a parameter that is there twice", "VE-06", guardDir + "storage_params.go",
		` || p.set&(1<<i) != 0 {`, ` {`, "", "StorageParams|PoolNames"},
	{"parameters that are not on the list", "VE-06", guardDir + "storage_params.go",
		`			return refuse(ErrRefused, "parameter %q is not on the list", key)`, `			continue`, "", "StorageParams"},
	{"signed requests copy objects", "VE-06", guardDir + "signed.go",
		`		if !signedHeader(name) || seen[canonical] {`, `		if seen[canonical] {`, "", "TestSign"},
	{"viewers sign uploads", "VE-06", guardDir + "signed.go",
		`	if !g.objects.Has(need) {`, `	if !g.objects.Has(need & Read) {`, "", "TestSign"},
	{"a body that is asked for again is not looked into", "VE-02", guardDir + "body.go",
		`			body, err := l.into(contentType, again)`, `			body, err := again, error(nil)`, "", "TransportBodies"},
	{"options of a call write another message", "VE-06", guardDir + "conn.go",
		`		if !allowedOption(o) {`, `		if o == nil {`, "", "ConnOptions"},
	{"code brings an authorization of its own", "VE-06", guardDir + "metadata.go",
		`case "x-goog-api-client", "x-goog-is-transaction":`, `case "x-goog-api-client", "x-goog-is-transaction", "authorization":`, "", "Metadata"},
	{"the routing header may name others", "VE-06", guardDir + "metadata.go",
		`if v != g.database {`, `if v == "" {`, "", "Metadata"},
	{"parts of any bucket", "VE-02", guardDir + "storage_parts.go",
		`	if !ok || g.bucket == "" || err != nil || !g.object(name) {`, `	if g.bucket == "" || err != nil {`, "", "StorageParts"},
	{"parts of any object of a shared bucket", "VE-02", guardDir + "storage_parts.go",
		`	if !ok || g.bucket == "" || err != nil || !g.object(name) {`, `	if !ok || g.bucket == "" || err != nil {`, "", "StorageParts"},
	{"viewers complete uploads in parts", "VE-06", guardDir + "storage_parts.go",
		`	if !g.objects.Has(need) {
		return refuse(ErrNotPermitted, "%s %s", method, path)`, `	if g.objects == 0 {
		return refuse(ErrNotPermitted, "%s %s", method, path)`, "", "StorageParts"},
	{"an upload in parts with any parameter", "VE-06", guardDir + "storage_parts.go",
		`		default:
			return refuse(ErrRefused, "parameter %q of an upload in parts", pair)`, `		default:
			_ = pair`, "", "StorageParts"},
	{"a part is signed with any parameter", "VE-06", guardDir + "storage_parts.go",
		`len(query) != 2 || len(number) != 1`, `len(number) != 1`, "", "SignPart"},
}
