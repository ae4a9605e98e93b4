package api

import "net/http"

// Problem is the body of a refusal to a program: RFC 9457 problem details with two members of our
// own. It is an error with a status, which is how the API's library takes it.
type Problem struct {
	Type      string      `json:"type" doc:"Where this problem is explained. It differs from another as code does."`
	Title     string      `json:"title" doc:"The status in words." example:"Forbidden"`
	Status    int         `json:"status" doc:"The HTTP status." example:"403"`
	Detail    string      `json:"detail" doc:"A sentence for people."`
	Code      string      `json:"code" doc:"Which problem it is. Stable: programs may rely on it." example:"tenant_denied"`
	RequestID string      `json:"requestId" format:"id" doc:"What to quote when asking for help."`
	Header    http.Header `json:"-"` // what HTTP wants beside the status
	Errors    []Fault     `json:"errors,omitempty" doc:"Which values cannot be accepted, and why."`
}

// Fault is one value that cannot be accepted. It does not repeat the value, which may be a secret.
type Fault struct {
	Location string `json:"location,omitempty" doc:"Where the value stands." example:"body.role"`
	Message  string `json:"message" doc:"What is wrong with it."`
}

// ProblemType is the media type of a Problem.
const ProblemType = "application/problem+json"

// ProblemURI is the type of a problem (RFC 9457, section 3.1.1): the place on the page for people,
// at the site of that origin, where it is explained.
func ProblemURI(origin, code string) string { return origin + "/api/docs#problem-" + code }

// Error returns the sentence for people.
func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType returns the media type.
func (p *Problem) ContentType(string) string { return ProblemType }

// GetHeaders returns what HTTP wants beside the status.
func (p *Problem) GetHeaders() http.Header { return p.Header }
