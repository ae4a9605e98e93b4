package settings

// The errors of forms and of requests.
var (
	ErrVersion     = errVersion
	ErrNoCondition = errNoCondition
	ErrMapping     = errMapping
	ErrGrace       = errGrace
)

// Mapping reads lines of the form "name = role"; MappingText writes them.
var (
	Mapping     = mapping
	MappingText = mappingText
)
