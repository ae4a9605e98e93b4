package explain

// ErrQuestion reports a question that cannot be asked.
var ErrQuestion = errQuestion
