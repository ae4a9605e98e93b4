package people

// exampleID is that of the person of whom the examples of the API's description speak.
const exampleID = "q3VfX0m2YbT8sKdW1nRzE5uHcJa7"

// examplePerson is the person, with a role.
func examplePerson(role string) string {
	return `{"id":"` + exampleID + `","email":"viewer@acme.test","name":"viewer@acme.test","role":"` + role + `","status":"active",` +
		`"created":"2026-03-02T09:30:00Z","updated":"2026-03-02T09:30:00Z"}`
}
