package explain

// Asked is a question as it was asked.
type Asked struct {
	Route      string // "GET /t/:tenant/files"
	Credential string
	Flaw       string
	Role       string
	Factor     string
	Workspace  string // operators alone
}

// Model is the page: the form, and the answer once something was asked.
type Model struct {
	Asked  Asked
	Routes []choice
	Error  string // one sentence about a question that cannot be asked
	Answer *Answer
}

// Answer is who gets in.
type Answer struct {
	Policy   string
	Allowed  bool
	Status   int    // of the refusal
	Code     string // likewise
	Sentence string // likewise
	Steps    []Step
}

// Step is what one rule says.
type Step struct {
	Name    string
	Where   string
	Outcome string // "passed", "refused", "depends on the moment" or "not asked"
	Detail  string
}

// verdict is the answer in a sentence.
func (a Answer) verdict() string {
	switch {
	case a.Allowed && a.Policy == "public":
		return "Everybody gets in: the route is public."
	case a.Allowed:
		return "They get in."
	}
	return "They do not get in."
}

// status is the colour of a rule's outcome.
func (s Step) status() string {
	switch s.Outcome {
	case "passed":
		return "active"
	case "refused":
		return "disabled"
	}
	return "invited"
}
