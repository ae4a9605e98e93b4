package iam

// Identify returns the account whose credential an Authorization header holds; "" when it holds
// none that Authenticate would take. It asks, so nothing is logged.
func (s *Service) Identify(authorization, audience string) string {
	c, err := s.authenticate(authorization, audience)
	if err != nil {
		return ""
	}
	return c.Email
}
