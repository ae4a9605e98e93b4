package sessions

import "strings"

// name is a mark in a User-Agent, and what it means. Programs name others that they are like, so
// the more particular mark stands first.
type name struct{ mark, words string }

var (
	browsers = []name{
		{"Edg/", "Edge"},
		{"EdgiOS/", "Edge"},
		{"EdgA/", "Edge"},
		{"OPR/", "Opera"},
		{"SamsungBrowser/", "Samsung Internet"},
		{"Vivaldi/", "Vivaldi"},
		{"Firefox/", "Firefox"},
		{"FxiOS/", "Firefox"},
		{"HeadlessChrome/", "Chrome"},
		{"Chrome/", "Chrome"},
		{"CriOS/", "Chrome"},
		{"Safari/", "Safari"},
	}
	systems = []name{
		{"iPhone", "iPhone"},
		{"iPad", "iPad"},
		{"Android", "Android"},
		{"CrOS", "ChromeOS"},
		{"Windows", "Windows"},
		{"Macintosh", "Mac"},
		{"Linux", "Linux"},
	}
	programs = []name{
		{"curl/", "curl"},
		{"Wget/", "wget"},
		{"python-requests/", "Python"},
		{"Go-http-client/", "Go"},
		{"PostmanRuntime/", "Postman"},
		{"node", "Node.js"},
	}
)

// unknown is a device that says nothing of itself that is known.
const unknown = "Unknown device"

// Device says in plain words what a User-Agent claims to be: "Firefox on Windows". It is for people
// to tell their sessions apart and proves nothing. Nothing of the header itself is in the answer.
func Device(agent string) string {
	browser, system := find(browsers, agent), find(systems, agent)
	switch {
	case browser != "" && system != "":
		return browser + " on " + system
	case browser != "":
		return browser
	}
	if program := find(programs, agent); program != "" {
		return "A program (" + program + ")"
	}
	if system != "" {
		return system
	}
	return unknown
}

func find(names []name, agent string) string {
	for _, n := range names {
		if strings.Contains(agent, n.mark) {
			return n.words
		}
	}
	return ""
}
