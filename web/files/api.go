package files

import (
	"context"
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/api"
)

// Upload is a file as the API shows one.
type Upload struct {
	ID         string     `json:"id" format:"id"`
	Name       string     `json:"name"`
	Folder     string     `json:"folder,omitempty" doc:"The path of the folder that it is in. Absent at the top."`
	Size       int64      `json:"size" doc:"In bytes."`
	Type       string     `json:"type" doc:"The media type that the file is kept and answered as: the announced one until the file has arrived, then that of its content. Types that a browser would run are not kept."`
	State      string     `json:"state" enum:"pending,unfinished,stored" doc:"Pending while the file may be sent, unfinished when it has not come by then, stored once it is there."`
	Generation int64      `json:"generation,omitempty" format:"count" doc:"Of the object in the bucket."`
	CRC32C     uint32     `json:"crc32c,omitempty" format:"int64" maximum:"4294967295" doc:"Castagnoli checksum of the file."`
	Owner      string     `json:"owner" format:"id" doc:"The person who uploaded it."`
	Created    time.Time  `json:"created"`
	Stored     *time.Time `json:"stored,omitempty"`
	Version    int64      `json:"version" minimum:"1" doc:"Which version of its file it is."`
	Inspection Inspection `json:"inspection"`
}

// Inspection is how far the inspection of a file has come, as the API shows it.
type Inspection struct {
	State    string     `json:"state" enum:"not_asked,asked,accepted,forwarding,inspecting,waiting,parked,refused,failed,clean,harmful,opaque,no_response" doc:"Clean, harmful and opaque are verdicts on the generation that is stored. Opaque says that some of the file could not be looked at. Waiting: the owner has to ask again. Nothing is asked for what a program sent."`
	Reason   string     `json:"reason,omitempty" enum:"too_large,timed_out,crashed,damaged,expired,unreachable,gone,fault" doc:"Why there is no verdict."`
	Type     string     `json:"type,omitempty" doc:"The media type, by content."`
	Findings []string   `json:"findings,omitempty" doc:"What was found, by its kind."`
	Percent  int        `json:"percent,omitzero" minimum:"0" maximum:"100" doc:"Of the file that is on its way to be inspected."`
	At       *time.Time `json:"at,omitempty" doc:"Of the last step."`
	Deadline *time.Time `json:"deadline,omitempty" doc:"When the present step is given up."`
	MayAsk   bool       `json:"mayAsk" doc:"The owner can have the file inspected, or inspected again."`
}

func newInspection(i uploads.Inspection) Inspection {
	out := Inspection{State: string(i.Progress), Reason: string(i.Reason), Type: i.Type, Percent: i.Percent, MayAsk: i.MayAsk}
	if i.Findings != "" {
		out.Findings = strings.Split(i.Findings, ",")
	}
	if !i.At.IsZero() {
		out.At = &i.At
	}
	if !i.Deadline.IsZero() {
		out.Deadline = &i.Deadline
	}
	return out
}

func newUpload(u uploads.Upload) Upload {
	out := Upload{
		ID: u.ID.String(), Name: u.Name, Folder: u.Folder, Size: u.Size, Type: u.ContentType, State: string(u.State),
		Generation: u.Generation, CRC32C: u.CRC32C, Owner: u.Owner.String(), Created: u.Created,
		Version: u.Version, Inspection: newInspection(u.Inspection),
	}
	if !u.Stored.IsZero() {
		out.Stored = &u.Stored
	}
	return out
}

// SignedRequest is a request that its holder makes to the bucket, exactly as it stands here.
type SignedRequest struct {
	Method  string            `json:"method"`
	URL     string            `json:"url" format:"secret" doc:"A secret: whoever has it can make the request."`
	Headers map[string]string `json:"headers" doc:"To be sent as they are."`
	Expires time.Time         `json:"expires"`
}

func newSignedRequest(r vending.SignedRequest) SignedRequest {
	headers := r.Headers
	if headers == nil {
		headers = map[string]string{}
	}
	return SignedRequest{Method: r.Method, URL: r.URL, Headers: headers, Expires: r.Expires}
}

type uploadOutput struct {
	ETag string `header:"ETag" doc:"Of the file's name and folder: a change may say in If-Match that it is based on it."`
	Body Upload
}

func outputOf(u uploads.Upload) *uploadOutput { return &uploadOutput{tag(u), newUpload(u)} }

func tag(u uploads.Upload) string { return api.Tag(u.Revision) }

type uploadsOutput struct {
	Body struct {
		Uploads []Upload `json:"uploads"`
		Next    string   `json:"next,omitempty" format:"cursor" doc:"Where the next part begins. Absent at the end."`
	}
}

// ListAPI lists the files.
func (f Feature) ListAPI() api.Operation {
	return api.NewOperation("List the files of the tenant", f.listAPI).Described(api.Doc{
		Says:  "Each page holds at most limit files. A file that is being deleted is left out. A cursor is of one order, folder and search.",
		Given: "a file was sent", Query: "limit=1",
		Answers: `{"uploads":[` + exampleStored + `],"next":"MTc3MjQ0MzgwMDAwMDAwMC41ZjFkN2E4NA.t1G58P3z"}`,
	})
}

func (f Feature) listAPI(ctx context.Context, g vending.Grant, in *queryInput) (*uploadsOutput, error) {
	cursor, err := api.From(g, in.list(), in.Part, uploads.ParseCursor)
	if err != nil {
		return nil, err
	}
	page, err := f.list(ctx, g, in.query(), cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := new(uploadsOutput)
	out.Body.Uploads = []Upload{}
	out.Body.Next = api.Next(g, in.list(), page.Next.String())
	for _, u := range page.Items {
		out.Body.Uploads = append(out.Body.Uploads, newUpload(u))
	}
	return out, nil
}

type foldersOutput struct {
	Body struct {
		Folders []Folder `json:"folders"`
		Next    string   `json:"next,omitempty" format:"cursor" doc:"Where the next part begins. Absent at the end."`
	}
}

// Folder is a folder as the API shows one.
type Folder struct {
	Path string `json:"path" doc:"The names of the folders that lead to it and its own, with slashes between them."`
}

// FoldersAPI lists folders.
func (f Feature) FoldersAPI() api.Operation {
	return api.NewOperation("List the folders in a folder", f.foldersAPI).Described(api.Doc{
		Says:  "A folder is there as long as a file is in it, or in a folder of it. Each page holds at most limit folders, and at most 100. They are in the order of the first path that is theirs or below them.",
		Given: "a file was sent to the folder invoices", Answers: `{"folders":[{"path":"invoices"}]}`,
	})
}

func (f Feature) foldersAPI(ctx context.Context, g vending.Grant, in *foldersInput) (*foldersOutput, error) {
	after, err := api.From(g, in.list(), in.Part, func(place string) (string, error) { return place, nil })
	if err != nil {
		return nil, err
	}
	paths, next, err := uploads.NewRepository(g).Folders(ctx, in.Folder, after, in.Limit)
	if err != nil {
		return nil, err
	}
	out := new(foldersOutput)
	out.Body.Folders = []Folder{}
	out.Body.Next = api.Next(g, in.list(), next)
	for _, path := range paths {
		out.Body.Folders = append(out.Body.Folders, Folder{path})
	}
	return out, nil
}

// intent announces a file.
type intent struct {
	Name   string `json:"name" doc:"The file's name, without folders."`
	Folder string `json:"folder,omitempty" doc:"The path of the folder that it goes to, with slashes between names. It need not be there."`
	Size   int64  `json:"size" doc:"In bytes. Exactly this many can be sent."`
	Type   string `json:"type,omitempty" doc:"Its media type."`

	Replaces string `json:"replaces,omitempty" format:"id" doc:"The file that this is the next version of. It takes the file's name and folder, once all of it has arrived."`

	InspectionToken string `json:"inspectionToken,omitempty" format:"secret" maxLength:"4096" doc:"Of a program alone: a token for Service B, from an issuer that Service B trusts. The file is inspected in its name. Without one it is not inspected."`
}

// createdUpload answers an intent.
type createdUpload struct {
	ID     string         `json:"id" format:"id"`
	Upload *SignedRequest `json:"upload,omitempty" doc:"Sends the file, straight to the tenant's bucket. Absent for a file that is sent in parts."`
	Parts  *Parts         `json:"parts,omitempty" doc:"How to send a file above 8 MiB: ask for signed requests of its parts."`
	Note   string         `json:"note,omitempty" doc:"What a repeat leaves out."`
}

// public leaves the signed request out.
func (c *createdUpload) public() {
	if c.Upload == nil {
		return
	}
	c.Upload, c.Note = nil, "The file was announced by an earlier request. Its signed request is shown only once."
}

type createUploadInput struct {
	api.Creating
	Match string `header:"If-Match" doc:"With replaces: the ETag of the file. If the file was changed since, nothing is announced."`
	Body  intent
}

// IntakeAPI is CreateAPI for programs that run by themselves: its route takes an API key and
// nothing else.
func (f Feature) IntakeAPI() api.Operation {
	return api.NewCreation("Announce a file, as a program with an API key", f.createAPI, (*createdUpload).public).Described(api.Doc{
		Says: "It is how programs hand files in that may see none. Send the file by the signed request, then have somebody complete it.",
		Asks: `{"name":"report.txt","size":5,"type":"text/plain"}`, Problems: []string{"file_too_large", "quota_exceeded", "in_bin", "replaced", "stale"},
		Answers: `{"id":"` + exampleID + `","upload":{"method":"PUT","url":"` + exampleURL + `","headers":` +
			`{"Content-Type":"text/plain","x-goog-content-length-range":"5,5","x-goog-if-generation-match":"0"},"expires":"2026-03-02T09:31:00Z"}}`,
	})
}

// CreateAPI announces a file.
func (f Feature) CreateAPI() api.Operation {
	return api.NewCreation("Announce a file", f.createAPI, (*createdUpload).public).Described(api.Doc{
		Says: "Send the file by the signed request of the answer, exactly as it stands there, and then complete it. A file above 8 MiB is sent in parts. With replaces, the file stays as it is until then, and is an earlier version afterwards; if it was replaced or put into the bin meanwhile, what you sent is a file of its own.",
		Asks: `{"name":"report.txt","size":5,"type":"text/plain"}`, Problems: []string{"file_too_large", "quota_exceeded", "in_bin", "replaced", "stale"},
		Answers: `{"id":"` + exampleID + `","upload":{"method":"PUT","url":"` + exampleURL + `","headers":` +
			`{"Content-Type":"text/plain","x-goog-content-length-range":"5,5","x-goog-if-generation-match":"0"},"expires":"2026-03-02T09:31:00Z"}}`,
	})
}

func (f Feature) createAPI(ctx context.Context, g vending.Grant, in *createUploadInput) (*api.Creation[createdUpload], error) {
	u, signed, err := f.create(ctx, g, in.Body, in.Match)
	if err != nil {
		return nil, err
	}
	return &api.Creation[createdUpload]{
		Location: api.Address("uploads", u.ID.String()), Body: newCreated(u, signed),
	}, nil
}

// ReadAPI reads about a file.
func (f Feature) ReadAPI() api.Operation {
	return api.NewOperation("Read about a file", f.readAPI).Described(api.Doc{
		Says:    "It says what is known of the file, and not what is in it.",
		Given:   "a file was sent",
		ID:      exampleID,
		Answers: exampleStored, Problems: []string{"in_bin", "replaced"},
	})
}

func (f Feature) readAPI(ctx context.Context, g vending.Grant, in *api.ID) (*uploadOutput, error) {
	id, err := parse(in.ID)
	if err != nil {
		return nil, err
	}
	u, err := uploads.NewRepository(g).Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return outputOf(u), nil
}

// CompleteAPI hears that a file has been sent.
func (f Feature) CompleteAPI() api.Operation {
	return api.NewOperation("Say that the file has been sent", f.completeAPI).Described(api.Doc{
		Says:  "The file is looked for in the bucket, and held against what was announced. To complete it twice is no mistake.",
		Given: "the file was sent to the signed request", ID: exampleID, Problems: []string{"in_bin", "replaced", "not_uploaded", "upload_mismatch"},
		Answers: exampleStored,
	})
}

func (f Feature) completeAPI(ctx context.Context, g vending.Grant, in *api.ID) (*uploadOutput, error) {
	id, err := parse(in.ID)
	if err != nil {
		return nil, err
	}
	u, err := uploads.NewRepository(g).Complete(ctx, id)
	if err != nil {
		return nil, err
	}
	return outputOf(u), nil
}

// InspectAPI has a file inspected again.
func (f Feature) InspectAPI() api.Operation {
	return api.NewOperation("Have a file inspected again", f.inspectAPI).Described(api.Doc{
		Says:  "It takes the ID token of the file's owner, who has signed in: the file is inspected in their name. An inspection that goes on, or has a verdict, is not begun again.",
		Given: "a file was sent whose inspection waits for its owner", ID: exampleID, Problems: []string{"in_bin", "replaced", "not_uploaded", "not_owner", "inspected"},
		Answers: exampleStored,
	})
}

func (f Feature) inspectAPI(ctx context.Context, g vending.Grant, in *api.ID) (*uploadOutput, error) {
	id, err := parse(in.ID)
	if err != nil {
		return nil, err
	}
	u, err := uploads.NewRepository(g).Inspect(ctx, id, f.hand(g))
	if err != nil {
		return nil, err
	}
	return outputOf(u), nil
}

type downloadOutput struct{ Body SignedRequest }

// DownloadAPI signs a request for a file.
func (f Feature) DownloadAPI() api.Operation {
	return api.NewOperation("Ask for a signed request for the file", f.downloadAPI).Described(api.Doc{
		Says:  "Whoever has the address can read the file until it expires. A file in which the inspection has found something is given to those who say that they know.",
		Given: "a file was sent", ID: exampleID, Problems: []string{"in_bin", "replaced", "not_uploaded", "harmful", "withheld"},
		Answers: `{"method":"GET","url":"` + exampleURL + `","headers":{},"expires":"2026-03-02T09:35:00Z"}`,
	})
}

type downloadInput struct {
	api.ID
	Knowing bool `query:"knowing" doc:"Whoever asks knows what the inspection has found in the file."`
}

func (f Feature) downloadAPI(ctx context.Context, g vending.Grant, in *downloadInput) (*downloadOutput, error) {
	id, err := parse(in.ID.ID)
	if err != nil {
		return nil, err
	}
	signed, err := uploads.NewRepository(g).Download(ctx, id, in.Knowing)
	if err != nil {
		return nil, err
	}
	return &downloadOutput{newSignedRequest(signed)}, nil
}

// DeleteAPI puts a file into the bin.
func (f Feature) DeleteAPI() api.Operation {
	return api.NewOperation("Put a file into the bin", f.deleteAPI).Described(api.Doc{
		Says: "From there it is restored or deleted for good; see /binned-uploads. A file that has not arrived is deleted for good at once.",
		ID:   exampleID,
	})
}

func (f Feature) deleteAPI(ctx context.Context, g vending.Grant, in *api.ID) (*struct{}, error) {
	id, err := parse(in.ID)
	if err != nil {
		return nil, err
	}
	_, err = uploads.NewRepository(g).Bin(ctx, id)
	return nil, err
}

// The examples of the API's description speak of one file.
const (
	exampleID     = "5f1d7a84c0b94e6aa2d3b7c1e8f09a64"
	exampleURL    = "https://storage.example.com/acme-files/uploads/" + exampleID + "?X-Goog-Signature=8d1f"
	exampleStored = `{"id":"` + exampleID + `","name":"report.txt","size":5,"type":"text/plain","state":"stored",` +
		`"generation":1772443800000000,"crc32c":2591144780,"owner":"q3VfX0m2YbT8sKdW1nRzE5uHcJa7",` +
		`"created":"2026-03-02T09:30:00Z","stored":"2026-03-02T09:30:04Z","version":1,"inspection":{"state":"asked","at":"2026-03-02T09:30:00Z","deadline":"2026-03-02T10:30:04Z","mayAsk":false}}`
)
