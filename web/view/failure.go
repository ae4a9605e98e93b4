package view

import "github.com/a-h/templ"

// sentences are what a failure says when its handler has nothing better to say. The one for a
// denied workspace is the same whether it does not exist, is suspended or is someone else's.
var sentences = map[int]struct{ title, what, next string }{
	400: {"That address is not right", "Bulkhead could not make sense of the request.", "Check the address, or start again from your files."},
	401: {"Please sign in", "Your session has ended, or you have not signed in yet.", "Sign in to go on where you were."},
	403: {"You cannot open this", "This workspace is not open to you.", "Ask an admin of the workspace, or choose one that you belong to."},
	404: {"Nothing here", "There is no such page or file, or it has been deleted.", "Go back to the list and look for it there."},
	405: {"That does not work here", "This address does not take that kind of request.", "Go back and use the buttons on the page."},
	409: {"Somebody was faster", "What you wanted to change has changed in the meantime.", "Reload the page and look at it again."},
	410: {"Not here any more", "What you asked for is not here any more.", "Go back to the list and look for it there."},
	413: {"That is too large", "The file or form is larger than Bulkhead takes.", "Choose a smaller file and try again."},
	415: {"That form is of the wrong type", "Bulkhead could not read what was sent.", "Go back, reload the page and send the form again."},
	422: {"Something is missing", "One of the fields was empty or not as it must be.", "Go back, correct it and send it again."},
	429: {"Too many tries", "There have been too many requests in a short time.", "Wait a minute, then try again."},
	431: {"Your browser sent too much", "The request's headers are larger than Bulkhead takes.", "Delete this site's cookies and sign in again."},
	500: {"Something broke on our side", "It is not your fault, and nothing that you stored is lost.", "Try again. If it stays, tell us the request number."},
	503: {"Back in a moment", "Bulkhead cannot check who you are right now, so it opens nothing.", "Wait a minute, then reload the page."},
}

// filled is f with every empty sentence taken from its status; an unknown status reads as 500.
func (f Failure) filled() Failure {
	s, ok := sentences[f.Status]
	if !ok {
		s = sentences[500]
	}
	if f.Title == "" {
		f.Title = s.title
	}
	if f.What == "" {
		f.What = s.what
	}
	if f.Next == "" {
		f.Next = s.next
	}
	return f
}

// FailurePage says what went wrong and what to do next.
func FailurePage(f Failure) templ.Component { return failurePage(f.filled()) }
