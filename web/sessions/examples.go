package sessions

import "strconv"

// Identifiers of the examples in the API's description.
const (
	exampleID   = "s5kq2wmz7d4x3npab6tyc2ef"
	exampleUser = "q3VfX0m2YbT8sKdW1nRzE5uHcJa7"
)

// exampleSessions are those of somebody who has one.
func exampleSessions(current bool) string {
	return `{"sessions":[{"id":"` + exampleID + `","device":"A program (curl)","address":"192.0.2.1","way":"password","program":true,` +
		`"began":"2026-03-02T09:30:00Z","seen":"2026-03-02T09:30:00Z","current":` + strconv.FormatBool(current) + `}]}`
}
