package iam

import "cloud.google.com/go/iam/apiv1/iampb"

// NewOwnerKey is NewOwnerKeyOf the first project.
func (s *Service) NewOwnerKey() ([]byte, error) { return s.NewOwnerKeyOf(s.cfg.Project) }

// NewOwnerKeyOf returns the file of a new key of owner@<project>.iam.gserviceaccount.com. A project
// without that account gets it first, bound to roles/owner: this is how a new project comes to have
// somebody who may set it up. A binding that was removed later is not restored. The errors are
// NotFound: there is no such project, and FailedPrecondition when the account has its ten keys.
func (s *Service) NewOwnerKeyOf(project string) ([]byte, error) {
	if !s.HasProject(project) {
		return nil, noProject(project)
	}
	// The id is one character short of what the Admin API allows, so nobody else can have made it.
	email := address("owner", project)
	if s.account(email) == nil {
		if err := s.createOwner(email); err != nil {
			return nil, err
		}
	}
	_, file, err := s.createKey(email)
	return file, err
}

// createOwner makes the account and its binding in one change.
func (s *Service) createOwner(email string) error {
	p, err := s.compilePolicy(&iampb.Policy{
		Etag:     newEtag(),
		Version:  1,
		Bindings: []*iampb.Binding{{Role: "roles/owner", Members: []string{serviceAccount + email}}},
	})
	if err != nil {
		return err
	}
	return s.update(func(c *change) error {
		if err := c.putAccount(&account{
			Email:       email,
			UniqueID:    newUniqueID(),
			DisplayName: "Owner",
			Description: "Made with the project, and may do everything in it.",
			Etag:        newEtag(),
			Created:     s.cfg.Now().UTC(),
		}); err != nil {
			return err
		}
		return c.putPolicy("projects/"+ProjectOf(email), p)
	})
}
