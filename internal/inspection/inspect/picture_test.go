package inspect_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/bulkhead-saas/bulkhead/internal/inspection/inspect"
)

// TestImages: each form has its size and a thumbnail, which keeps what can be seen through.
func TestImages(t *testing.T) {
	wide := image.NewNRGBA(image.Rect(0, 0, 600, 150))
	for x := range 600 {
		for y := range 150 {
			wide.Set(x, y, color.NRGBA{uint8(x), uint8(y), 100, 255})
		}
	}
	clear := image.NewNRGBA(image.Rect(0, 0, 10, 40))
	encode := func(f func(*bytes.Buffer) error) []byte {
		var b bytes.Buffer
		must(t, f(&b))
		return b.Bytes()
	}
	for what, tt := range map[string]struct {
		file          []byte
		mediaType     string
		width, height int
		small         image.Point
		as            string
	}{
		"PNG":               {encode(func(b *bytes.Buffer) error { return png.Encode(b, wide) }), "image/png", 600, 150, image.Pt(256, 64), "image/jpeg"},
		"JPEG":              {encode(func(b *bytes.Buffer) error { return jpeg.Encode(b, wide, nil) }), "image/jpeg", 600, 150, image.Pt(256, 64), "image/jpeg"},
		"GIF":               {encode(func(b *bytes.Buffer) error { return gif.Encode(b, wide, nil) }), "image/gif", 600, 150, image.Pt(256, 64), "image/jpeg"},
		"BMP":               {encode(func(b *bytes.Buffer) error { return bmp.Encode(b, wide) }), "image/bmp", 600, 150, image.Pt(256, 64), "image/jpeg"},
		"TIFF":              {encode(func(b *bytes.Buffer) error { return tiff.Encode(b, wide, nil) }), "image/tiff", 600, 150, image.Pt(256, 64), "image/jpeg"},
		"PNG, seen through": {encode(func(b *bytes.Buffer) error { return png.Encode(b, clear) }), "image/png", 10, 40, image.Pt(10, 40), "image/png"},
	} {
		r := look(t, tt.file, inspect.DefaultLimits())
		if r.Findings != nil || r.Type != tt.mediaType || r.Image == nil {
			t.Errorf("%s: %s, %v, image %v", what, r.Type, r.Findings, r.Image)
			continue
		}
		if r.Image.Width != tt.width || r.Image.Height != tt.height || r.Image.ThumbnailType != tt.as {
			t.Errorf("%s: %d by %d, thumbnail %s", what, r.Image.Width, r.Image.Height, r.Image.ThumbnailType)
		}
		small, form, err := image.DecodeConfig(bytes.NewReader(r.Image.Thumbnail))
		if err != nil || "image/"+form != tt.as || image.Pt(small.Width, small.Height) != tt.small {
			t.Errorf("%s: the thumbnail is %s, %v by %v: %v", what, form, small.Width, small.Height, err)
		}
	}
}

// pngHead is the beginning of a PNG that says it has this size.
func pngHead(width, height uint32) []byte {
	var head bytes.Buffer
	head.WriteString("\x89PNG\r\n\x1a\n")
	chunk := append([]byte("IHDR"), binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)...)
	chunk = append(chunk, 8, 2, 0, 0, 0)
	_ = binary.Write(&head, binary.BigEndian, uint32(len(chunk)-4)) // a Buffer takes everything
	head.Write(chunk)
	_ = binary.Write(&head, binary.BigEndian, crc32.ChecksumIEEE(chunk))
	return head.Bytes()
}

// TestBadImages: a picture of a billion pixels is not decoded, and one that ends too early has no
// thumbnail.
func TestBadImages(t *testing.T) {
	malformed, bomb := []inspect.Finding{{Kind: inspect.Malformed}}, []inspect.Finding{{Kind: inspect.Bomb}}
	for what, tt := range map[string]struct {
		file []byte
		want []inspect.Finding
	}{
		"60,000 by 60,000":           {pngHead(60_000, 60_000), bomb},
		"two billion by one":         {pngHead(1<<31-1, 1), bomb},
		"cut off":                    {pngHead(100, 100), malformed},
		"no pixels":                  {pngHead(0, 100), malformed},
		"a head that lies":           {[]byte("\x89PNG\r\n\x1a\n and nothing else"), malformed},
		"a form that is not decoded": {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), nil},
	} {
		r := look(t, tt.file, inspect.DefaultLimits())
		if diff := cmp.Diff(tt.want, r.Findings); diff != "" || r.Image != nil && r.Image.Thumbnail != nil {
			t.Errorf("%s: %s", what, diff)
		}
	}
}

// pdfOf is a PDF with this many pages and this title.
func pdfOf(pages int, title string) []byte {
	var b bytes.Buffer
	var at []int
	object := func(format string, args ...any) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n"+format+"\nendobj\n", append([]any{len(at)}, args...)...)
	}
	b.WriteString("%PDF-1.4\n")
	kids := ""
	for n := range pages {
		kids += fmt.Sprintf("%d 0 R ", n+4)
	}
	object("<</Type/Catalog/Pages 2 0 R>>")
	object("<</Type/Pages/Kids[%s]/Count %d>>", kids, pages)
	object("<</Title(%s)/Author(Ada)/Producer(Bulkhead)>>", title)
	for range pages {
		object("<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Resources<<>>>>")
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, offset := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R/Info 3 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, start)
	return b.Bytes()
}

// TestPDF: pages and what a PDF says of itself; one with a password is not looked into, one that is
// none is malformed.
func TestPDF(t *testing.T) {
	sound := pdfOf(3, "Plans")
	r := look(t, sound, inspect.DefaultLimits())
	if diff := cmp.Diff(&inspect.PDF{Pages: 3, Title: "Plans", Author: "Ada", Producer: "Bulkhead"}, r.PDF); diff != "" || r.Findings != nil {
		t.Errorf("%v (-want +got)\n%s", r.Findings, diff)
	}
	var locked bytes.Buffer
	must(t, api.Encrypt(bytes.NewReader(sound), &locked, model.NewAESConfiguration("user", "owner", 256)))
	for what, tt := range map[string]struct {
		file []byte
		want inspect.Kind
	}{
		"with a password": {locked.Bytes(), inspect.Encrypted},
		"none":            {[]byte("%PDF-1.7\nthis is none\n"), inspect.Malformed},
		"cut off":         {sound[:60], inspect.Malformed},
	} {
		r := look(t, tt.file, inspect.DefaultLimits())
		if diff := cmp.Diff([]inspect.Finding{{Kind: tt.want}}, r.Findings); diff != "" || r.PDF != nil {
			t.Errorf("%s: %v (-want +got)\n%s", what, r.PDF, diff)
		}
	}
}
