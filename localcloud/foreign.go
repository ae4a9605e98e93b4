package localcloud

// ForeignIDToken signs an ID token that Identity Platform of another project would have issued.
// Google signs the ID tokens of all projects with the same keys, so only issuer and audience say
// that it is not for this one. claims win over both.
func (c *Cloud) ForeignIDToken(project string, claims map[string]any) (string, error) {
	return c.identity.SignFor(project, claims)
}
