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
	{"keys of before are none", "AK-02", "internal/keytext/find.go",
		`		f.Checksum = Absent`, `		return f, false`, "./internal/tenancy", "KeysOfBefore"},
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
}
