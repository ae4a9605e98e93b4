package iam

import "fmt"

// Agents are the accounts by which Google's own services act in a project. They can be bound like any account, and
// nobody has a key of one: only the service itself is its caller.
//
// https://cloud.google.com/iam/docs/service-agents

// StorageAgent is the account as which Cloud Storage publishes its notifications.
func (s *Service) StorageAgent() Caller { return s.agent("gs-project-accounts") }

// PubSubAgent is the account as which Pub/Sub forwards what could not be delivered to a dead letter topic.
func (s *Service) PubSubAgent() Caller { return s.agent("gcp-sa-pubsub") }

func (s *Service) agent(domain string) Caller {
	return Caller{Email: fmt.Sprintf("service-%d@%s.iam.gserviceaccount.com", s.projectNumber(), domain)}
}

func (s *Service) isAgent(email string) bool {
	return email == s.StorageAgent().Email || email == s.PubSubAgent().Email
}
