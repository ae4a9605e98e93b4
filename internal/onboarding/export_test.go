package onboarding

// ProvisionWatched is Provision; after is told of each step that is done, and an error of it cuts the run off there.
var ProvisionWatched = provision

// Steps are the names of the steps, in order.
func Steps() []string {
	names := make([]string, len(steps))
	for i, s := range steps {
		names[i] = s.name
	}
	return names
}
