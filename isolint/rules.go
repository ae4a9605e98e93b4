package isolint

import "slices"

// Rule names what a finding is about. It is the word that an exemption says.
type Rule string

const (
	Client     Rule = "client"     // a Google client is constructed, or its constructor named
	Wrapper    Rule = "wrapper"    // something that constructs clients, or holds them, in another package
	Value      Rule = "value"      // a client type by value: zero, literal, converted
	Assert     Rule = "assert"     // a client or a grant found in an interface, or taken apart by reflection
	Sign       Rule = "sign"       // a URL or a token is signed
	Credential Rule = "credential" // a source of credentials
	Key        Rule = "key"        // a private key is read
	File       Rule = "file"       // files are read
	Host       Rule = "host"       // a host of Google's by name
	Bypass     Rule = "bypass"     // a way around the type system, or out of the process
	Unseen     Rule = "unseen"     // a file that the gate was not shown
	Context    Rule = "context"    // what belongs to a request outlives it
	Keep       Rule = "keep"       // a grant or a client outlives its request
	State      Rule = "state"      // something that outlives requests is changed, or made to be changed
	Answer     Rule = "answer"     // a response is written by something else than a verb
	ErrorText  Rule = "errortext"  // the text of an error is taken for something else than a log
	Import     Rule = "import"     // a package that is configured out
	Exemptions Rule = "exemption"  // a faulty exemption; there is no exemption from this one
)

// Rules lists every rule.
var Rules = []Rule{
	Client, Wrapper, Value, Assert, Sign, Credential, Key, File, Host, Bypass, Unseen, Context, Keep, State, Answer, ErrorText,
	Import, Exemptions,
}

func (r Rule) known() bool { return slices.Contains(Rules, r) }

// ofRequests reports whether nobody is exempt from the rule in a request-scoped package.
func (r Rule) ofRequests() bool {
	return slices.Contains([]Rule{Context, Keep, State, Answer, ErrorText}, r)
}
