package main

// requestMutants are defects in what is asked of a request of the API beside who makes it.
var requestMutants = []mutant{
	{"a repeat with another body is answered", "RP-05", "internal/idempotency/idempotency.go",
		`case string(known.Request) != string(sum[:]):`, `case len(known.Request) == 0:`, "", "Repeats"},
	{"a word is everybody's", "AD-01", "internal/idempotency/idempotency.go",
		`caller.String() + "\x00" + route`, `route`, "", "Repeats"},
	{"a word is of every route", "RP-05", "internal/idempotency/idempotency.go",
		`"\x00" + route + "\x00" + word`, `"\x00" + word`, "", "Repeats"},
	{"two run at once", "RP-05", "internal/idempotency/idempotency.go",
		`case now.Sub(known.Begun) < Patience:`, `case now.Sub(known.Begun) < 0:`, "", "Together"},
	{"one that died holds its word", "RP-05", "internal/idempotency/idempotency.go",
		`case now.Sub(known.Begun) < Patience:`, `case now.Sub(known.Begun) < Life:`, "", "Repeats"},
	{"what came back late counts", "RP-05", "internal/idempotency/idempotency.go",
		`if len(r.Answer) > 0 || !r.Begun.Equal(a.begun.Truncate(time.Microsecond)) {`, `if len(r.Answer) > 0 {`, "", "Repeats"},
	{"a signed request is kept", "SX-04", "web/api/creation.go",
		`	public(&made.Body) // made is a copy
`, ``, "./web", "RepeatedRequests"},
	{"a request that came to nothing holds its word", "RP-05", "web/api/creation.go",
		`errors.Join(err, first.Drop(after))`, `errors.Join(err, after.Err())`, "./web", "RepeatedRequests"},
	{"a change holds whatever it is based on", "RP-05", "internal/users/change.go",
		`if !r.based.IsZero() && !before.Updated.Equal(r.based) {`, `if r.based.Year() > 9999 {`, "", "TestRepository"},
	{"callers are not told what is left", "RE-01", "web/door/bearer.go",
		`if a.principal == (tenancy.Principal{}) {`, `if a.principal != (tenancy.Principal{}) {`, "./web", "TestRoom"},
}
