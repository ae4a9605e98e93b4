// Package setup brings a project to the state in which the platform runs: its own accounts, who may
// do what, the control plane's database, the cells, the vaults, and the settings of Identity
// Platform. The list is executable: cmd/dev, the tests and a real deployment run the same one.
//
// It acts as the project's owner, by the clients of platform.Open, and knows nothing of where it
// runs. Each step looks at what is there and leaves alone what is right, so it may be run again at
// any time, and must be when the list has grown. A run that was cut off is completed by the next.
//
// It expects a project in which these services are on: Firestore, Cloud Storage, Identity Platform
// (with tenants), IAM, IAM Credentials and Resource Manager. On Google Cloud a policy may refuse an
// account for some seconds after it was made. Then the run fails and the next one succeeds.
//
// On Google Cloud the role Owner is worth nothing in a vault once the set-up has closed it: whoever
// runs it needs Storage Admin (roles/storage.admin) besides, from the second run on.
//
// One thing it does not do: cells in other projects. What jobs@ needs there is what accounts.go
// gives it here.
package setup
