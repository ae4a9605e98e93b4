package main

// keyTextMutants are defects in how API keys are written, and in how they are found again.
var keyTextMutants = []mutant{
	{"a wrong checksum is taken", "AK-02", "internal/keytext/keytext.go",
		`key.End != len(s) || key.Checksum == Wrong {`, `key.End != len(s) {`, "", "OneChangedCharacter"},
	{"a key may go on", "AK-02", "internal/keytext/keytext.go",
		`key.End != len(s) || key`, `key.End > len(s) || key`, "", "Parse"},
	{"the checksum leaves the id out", "AK-02", "internal/keytext/keytext.go",
		`crc32.ChecksumIEEE(text))`, `crc32.ChecksumIEEE(text[len(text)-SecretLength:]))`, "", "OneChangedCharacter"},
	{"another checksum", "AK-02", "internal/keytext/keytext.go",
		`crc32.ChecksumIEEE(text))`, `crc32.Checksum(text, crc32.MakeTable(crc32.Castagnoli)))`, "", "Make"},
	{"made keys have no checksum", "AK-02", "internal/keytext/keytext.go",
		`return text + checksum([]byte(text))`, `return text`, "./internal/tenancy", "MadeKeysHaveAChecksum"},
	{"older keys are none", "AK-02", "internal/keytext/find.go",
		`		f.Checksum = Absent`, `		return f, false`, "./internal/tenancy", "OlderKeys"},
	{"a key that follows the beginning of one is not found", "AK-02", "internal/keytext/find.go",
		`start += len(Prefix) {`, `start += secretStart {`, "", "TestFind"},
	{"a checksum that holds is not compared", "AK-02", "internal/keytext/find.go",
		`string(key[oldLength:]) == checksum(`, `string(key[oldLength:]) >= checksum(`, "", "OneChangedCharacter"},
	{"a path shows a secret", "AK-02", "internal/keytext/find.go",
		`		shown = f.End`, `		shown = f.Start + secretStart`, "", "Redact"},
	{"a key that goes on in the next part is cut", "AK-02", "internal/keytext/search.go",
		`decided := len(text) - length + 1`, `decided := len(text)`, "", "SearchIsFind"},
	{"lines of earlier parts are not counted", "AK-02", "internal/keytext/search.go",
		`		line += bytes.Count(text[counted:decided], newline)`, ``, "", "SearchIsFind"},
	{"what cannot be read is read", "AK-02", "internal/keytext/search.go",
		`		if err != nil {
			return read, err`, `		if err != nil {
			return read, nil`, "", "SearchOfWhatBreaks"},
	{"a wrong checksum is looked up", "AK-02", "internal/tenancy/internal/apikey/secret.go",
		`	if !ok {
		return SecretKey{}, tenant.Invalid("API key")`, `	if !ok && len(s) == 60 {
		text, secret = s[4:20], s[21:]
	} else if !ok {
		return SecretKey{}, tenant.Invalid("API key")`, "./internal/tenancy", "WrongChecksumIsNotLookedUp"},

	{"links are followed", "AK-02", "internal/keyscan/open.go",
		`err == nil && !t.named {`, `false {`, "", "FilesThatChange"},
	{"what is no file is read", "AK-02", "internal/keyscan/open.go",
		`err == nil && !opened.Mode().IsRegular() {`, `opened == nil {`, "", "FilesThatChange"},
	{"a file that is too long is taken for one that was searched", "AK-02", "internal/keyscan/file.go",
		`if err == nil && int64(read) == w.maxFile {`, `if false {`, "", "Unread"},
	{"folders called objects are left out", "AK-02", "internal/keyscan/walk.go",
		`entry.IsDir() && git && entry`, `entry.IsDir() && (git || true) && entry`, "", "TestScan"},
	{"the names of files are not searched", "AK-02", "internal/keyscan/walk.go",
		`		path := filepath.Join(dir, entry.Name())
		w.name(path)`, `		path := filepath.Join(dir, entry.Name())`, "", "TestScan"},
	{"a path is printed with its key", "AK-02", "internal/keyscan/file.go",
		`Place{keytext.Redact(path), l.Line,`, `Place{path, l.Line,`, "", "InAFileOfItsName"},
	{"a search that was cut short is a whole one", "AK-02", "internal/keyscan/keyscan.go",
		`			walk.unread(path, errInterrupted)`, `			_ = path`, "", "Interrupted"},
	{"keys are revoked that nobody agreed to revoke", "AK-02", "cmd/bulkhead/revoke.go",
		`if !s.yes && !s.agreed() {`, `if !s.yes && s.agreed() {`, "", "TestRevoke"},
	{"any answer agrees", "AK-02", "cmd/bulkhead/revoke.go",
		`return strings.TrimSpace(typed) == s.to.tenant`, `return strings.TrimSpace(typed) != ""`, "", "TestRevoke"},
	{"a key that another workspace has stops the others", "AK-02", "cmd/bulkhead/revoke.go",
		`case answered && refusal.status == http.StatusNotFound:`, `case answered && refusal.status == http.StatusNotFound:
			return done`, "", "TestRevoke"},
	{"a key that is not revoked is one that is", "AK-02", "cmd/bulkhead/scan.go",
		`return r.Outcome != revoked })`, `return r.Outcome == failed })`, "", "TestRevoke"},
	{"what only looks like a key is revoked", "AK-02", "cmd/bulkhead/scan.go",
		`if p.Checksum != keytext.Wrong && !slices`, `if p.Checksum != 0 && keytext.Wrong != 0 && !slices`, "", "TestRevoke"},
	{"the token goes anywhere", "AK-02", "cmd/bulkhead/client.go",
		`(u.Scheme != "http" || !isLocal(u.Hostname()))`, `u.Scheme != "http"`, "", "NotUnderstood"},
	{"the token is sent on", "AK-02", "cmd/bulkhead/client.go",
		`error { return http.ErrUseLastResponse }`, `error { return nil }`, "", "TestExplain"},
	{"an answer repeats the token", "AK-02", "cmd/bulkhead/client.go",
		`strings.ReplaceAll(text, c.token, "…")`, `text`, "", "TestExplain"},
	{"names move the cursor", "AK-02", "cmd/bulkhead/printable.go",
		`return strconv.Quote(s)`, `return s`, "", "TestScan"},
	{"a report that is not written is one that is", "AK-02", "cmd/bulkhead/scan.go",
		`end.status, end.err = unread, fmt`, `end.err = fmt`, "", "ReportsOrFails"},
}
