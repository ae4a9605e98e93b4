package files

// Kind is the icon for a media type.
var Kind = kind
