package iam

import (
	"fmt"
	"slices"
)

// Agents are the accounts by which Google's own services act in a project. They can be bound like
// any account, and nobody has a key of one: only the service itself is its caller.
//
// https://cloud.google.com/iam/docs/service-agents

// StorageAgent is StorageAgentOf the first project.
func (s *Service) StorageAgent() Caller { return StorageAgentOf(s.cfg.Project) }

// PubSubAgent is PubSubAgentOf the first project.
func (s *Service) PubSubAgent() Caller { return PubSubAgentOf(s.cfg.Project) }

// StorageAgentOf is the account as which Cloud Storage publishes the notifications of a project's
// buckets.
func StorageAgentOf(project string) Caller { return agent("gs-project-accounts", project) }

// PubSubAgentOf is the account as which Pub/Sub forwards what a project's subscriptions could not
// deliver to a dead letter topic.
func PubSubAgentOf(project string) Caller { return agent("gcp-sa-pubsub", project) }

func agent(service, project string) Caller {
	return Caller{Email: address(fmt.Sprintf("service-%d", projectNumber(project)), service)}
}

func (s *Service) isAgent(email string) bool {
	return slices.ContainsFunc(s.Projects(), func(project string) bool {
		return email == StorageAgentOf(project).Email || email == PubSubAgentOf(project).Email
	})
}
