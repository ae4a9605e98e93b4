package storage

import (
	"net/http"
	"slices"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/genproto/googleapis/type/expr"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// policyBody is an allow policy as the JSON API shows it.
type policyBody struct {
	Kind       string        `json:"kind,omitempty"`
	ResourceID string        `json:"resourceId,omitempty"`
	Version    int32         `json:"version,omitzero"`
	Etag       []byte        `json:"etag,omitempty"`
	Bindings   []bindingBody `json:"bindings,omitempty"`
}

type bindingBody struct {
	Role      string         `json:"role"`
	Members   []string       `json:"members"`
	Condition *conditionBody `json:"condition,omitempty"`
}

type conditionBody struct {
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	Expression  string `json:"expression,omitempty"`
	Location    string `json:"location,omitempty"`
}

func (s *Service) getIamPolicy(c *call) error {
	version, _, err := c.intParam("optionsRequestedPolicyVersion")
	if err != nil || version > 3 {
		return invalid("Invalid value for: optionsRequestedPolicyVersion.")
	}
	if _, err := s.store.Bucket(c.bucket()); err != nil {
		return err
	}
	pb, err := s.cfg.IAM.Policy(bucketName(c.bucket()), int32(version))
	if err != nil {
		return invalid("%s", status.Convert(err).Message())
	}
	return c.answer(fromPolicy(c.bucket(), pb))
}

// firstPolicy is the policy of a new bucket: those who have a basic role on the project keep what
// that is worth here.
//
// https://cloud.google.com/storage/docs/access-control/iam-roles#basic-roles-modifiable
func firstPolicy(project string) *iampb.Policy {
	editors := []string{"projectEditor:" + project, "projectOwner:" + project}
	viewers := []string{"projectViewer:" + project}
	return &iampb.Policy{Version: 1, Bindings: []*iampb.Binding{
		{Role: "roles/storage.legacyBucketOwner", Members: editors},
		{Role: "roles/storage.legacyBucketReader", Members: viewers},
		{Role: "roles/storage.legacyObjectOwner", Members: editors},
		{Role: "roles/storage.legacyObjectReader", Members: viewers},
	}}
}

// setIamPolicy replaces the bucket's policy. Members that stand for the public are refused, as in
// an organization that enforces public access prevention.
func (s *Service) setIamPolicy(c *call) error {
	body, err := c.readBody()
	if err != nil {
		return err
	}
	var p policyBody
	if err := decodeStrictly(body, &p); err != nil {
		return err
	}
	defer s.buckets.lock(c.bucket())()
	if _, err := s.store.Bucket(c.bucket()); err != nil {
		return err
	}
	for _, b := range p.Bindings {
		if slices.Contains(b.Members, "allUsers") || slices.Contains(b.Members, "allAuthenticatedUsers") {
			return refuseWith(http.StatusPreconditionFailed, "conditionNotMet", "PreconditionFailed",
				"The member bindings allUsers and allAuthenticatedUsers are not allowed since public access prevention is enforced.")
		}
	}
	// Asked once more, now that it is known what the new policy would grant: a condition may limit
	// that.
	r := s.bucketResource(c.bucket())
	r.Attributes = s.cfg.IAM.ModifiedGrants(r.Name, toPolicy(p))
	if err := s.authorize(c, c.caller, c.route.permission, r); err != nil {
		return err
	}
	pb, err := s.cfg.IAM.SetPolicy(bucketName(c.bucket()), toPolicy(p))
	switch status.Code(err) {
	case codes.OK:
		return c.answer(fromPolicy(c.bucket(), pb))
	case codes.Aborted:
		return errPrecondition
	case codes.InvalidArgument:
		return invalid("%s", status.Convert(err).Message())
	}
	return err
}

// testIamPermissions answers which of the permissions the caller has. It needs none; who has none
// of them learns nothing.
func (s *Service) testIamPermissions(c *call) error {
	granted := s.cfg.IAM.Granted(c.caller, c.query["permissions"], s.bucketResource(c.bucket()))
	if len(granted) > 0 {
		if _, err := s.store.Bucket(c.bucket()); err != nil {
			return err
		}
	}
	return c.answer(struct {
		Kind        string   `json:"kind"`
		Permissions []string `json:"permissions,omitempty"`
	}{"storage#testIamPermissionsResponse", granted})
}

func toPolicy(p policyBody) *iampb.Policy {
	pb := &iampb.Policy{Version: p.Version, Etag: p.Etag}
	for _, b := range p.Bindings {
		binding := &iampb.Binding{Role: b.Role, Members: b.Members}
		if e := b.Condition; e != nil {
			binding.Condition = &expr.Expr{Title: e.Title, Description: e.Description, Expression: e.Expression, Location: e.Location}
		}
		pb.Bindings = append(pb.Bindings, binding)
	}
	return pb
}

func fromPolicy(bucket string, pb *iampb.Policy) policyBody {
	p := policyBody{Kind: "storage#policy", ResourceID: bucketName(bucket), Version: max(pb.Version, 1), Etag: pb.Etag}
	for _, b := range pb.Bindings {
		binding := bindingBody{Role: b.Role, Members: b.Members}
		if e := b.Condition; e != nil {
			binding.Condition = &conditionBody{Title: e.Title, Description: e.Description, Expression: e.Expression, Location: e.Location}
		}
		p.Bindings = append(p.Bindings, binding)
	}
	return p
}
