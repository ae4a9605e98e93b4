package view

// Of the text that components put together, as tests see it.
var (
	Bytes    = bytes
	Initials = initials
	Kind     = kind
)

// FlagClass and FlagImage are a slug's flag.
func FlagClass(slug string) string { return flagOf(slug).class() }
func FlagImage(slug string) string { return flagOf(slug).image() }
