package files

import "strings"

// kind is the icon for a media type.
func kind(mediaType string) string {
	main, sub, _ := strings.Cut(mediaType, "/")
	switch main {
	case "image", "audio", "video":
		return main
	}
	for _, k := range kinds {
		if strings.Contains(sub, k.part) {
			return k.icon
		}
	}
	if main == "text" {
		return "text"
	}
	return "file"
}

// kinds are asked in order; the first whose part occurs in the sub-type wins.
var kinds = [...]struct{ part, icon string }{
	{"sheet", "sheet"}, {"excel", "sheet"}, {"csv", "sheet"},
	{"pdf", "text"}, {"word", "text"}, {"opendocument", "text"}, {"rtf", "text"},
	{"zip", "archive"}, {"tar", "archive"}, {"compressed", "archive"},
	{"json", "code"}, {"xml", "code"}, {"html", "code"}, {"javascript", "code"}, {"css", "code"},
}
