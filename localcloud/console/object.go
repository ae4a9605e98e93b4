package console

import (
	"io"
	"net/http"
	"os"
	"strconv"
	"unicode/utf8"

	"github.com/bulkhead-saas/bulkhead/localcloud/storage"
)

const (
	maxTextPreview  = 64 << 10 // bytes
	maxImagePreview = 8 << 20  // bytes
	maxGenerations  = 50
)

type objectView struct {
	storage.ObjectInfo
	Bucket      string
	Resource    string
	Content     string // the address of the content; empty: it cannot be had here
	Image       bool   // the content is a picture
	Text        string // of a small text
	Note        string // why nothing of the content shows
	Generations []generationView
}

type generationView struct {
	storage.ObjectInfo
	URL  string
	Here bool // this page's
}

// objectURL is the page of a generation of an object, of the live one for 0.
func objectURL(bucket, name string, generation int64) string {
	return address("/object", "bucket", bucket, "name", name, "generation", generationText(generation))
}

func generationText(generation int64) string {
	if generation == 0 {
		return ""
	}
	return strconv.FormatInt(generation, 10)
}

func (c *console) object(r *http.Request) (sheet, error) {
	bucket, name, generation, ok := objectOf(r)
	if !ok {
		return sheet{}, errNothing
	}
	info, content, ok, err := c.Storage.Content(bucket, name, generation)
	if err != nil || !ok {
		return sheet{}, either(err)
	}
	defer content.Close()
	v := objectView{ObjectInfo: info, Bucket: bucket, Resource: "projects/_/buckets/" + bucket + "/objects/" + name}
	if err := v.look(content); err != nil {
		return sheet{}, err
	}
	all, err := c.Storage.Generations(bucket, name, maxGenerations)
	for _, g := range all {
		v.Generations = append(v.Generations, generationView{g, objectURL(bucket, name, g.Generation), g.Generation == info.Generation})
	}
	steps := way(bucket, name)
	last := len(steps) - 1
	return sheet{Title: steps[last].Text, Crumbs: append([]link{{"Buckets", "/buckets"}}, steps[:last]...), Data: v}, err
}

// look fills in what the page shows of the content.
func (v *objectView) look(content *os.File) error {
	may, err := presentable(content, v.Size)
	if err != nil {
		return err
	}
	switch {
	case v.Size > maxContent:
		v.Note = "It is too large to be looked at here."
		return nil
	case !may:
		v.Note = "It holds a key, a token or a password hash. The console shows those to nobody."
		return nil
	}
	v.Content = address("/content", "bucket", v.Bucket, "name", v.Name, "generation", generationText(v.Generation))
	beginning, err := head(content)
	if err != nil {
		return err
	}
	if pictures[http.DetectContentType(beginning)] && v.Size <= maxImagePreview {
		v.Image = true
		return nil
	}
	if v.Size > maxTextPreview {
		v.Note = "It is too large for a preview."
		return nil
	}
	text, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	switch {
	case len(text) == 0:
		v.Note = "It is empty."
	case !utf8.Valid(text):
		v.Note = "It is neither text nor a picture that is shown."
	default:
		v.Text = string(text)
	}
	return nil
}
