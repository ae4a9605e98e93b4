package inspect

import (
	"bytes"
	"image"
	_ "image/gif" // forms of images that Decode knows
	"image/jpeg"
	"image/png"
	"io"
	"strings"

	_ "golang.org/x/image/bmp"
	"golang.org/x/image/draw"
	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"
)

// Image is how large an image is, and a small one like it.
type Image struct {
	Width         int    `json:"width"`  // pixels
	Height        int    `json:"height"` // pixels
	Thumbnail     []byte `json:"thumbnail,omitempty"`
	ThumbnailType string `json:"thumbnailType,omitempty"` // the media type of that
}

// image looks at a picture: at its first frame, if there are several. A form that no decoder knows
// is let be.
func (i *inspection) image(file io.ReaderAt, size int64) error {
	if !strings.HasPrefix(i.report.Type, "image/") {
		return nil
	}
	whole := func() io.Reader { return i.stop(io.NewSectionReader(file, 0, size)) }
	known, _, err := image.DecodeConfig(whole())
	switch {
	case err == image.ErrFormat:
		return nil
	case err != nil:
		return i.malformed(broken(err), nil)
	case known.Width < 1 || known.Height < 1:
		i.found(Malformed, nil)
		return nil
	}
	i.report.Image = &Image{Width: known.Width, Height: known.Height}
	if int64(known.Width) > i.limits.Pixels/int64(known.Height) {
		i.found(Bomb, nil)
		return nil
	}
	picture, _, err := image.Decode(whole())
	if err != nil {
		return i.malformed(broken(err), nil)
	}
	i.report.Image.Thumbnail, i.report.Image.ThumbnailType, err = thumbnail(picture, i.limits.Thumbnail)
	return err
}

// thumbnail is the picture, no wider and no higher than this many pixels.
func thumbnail(picture image.Image, side int) (encoded []byte, mediaType string, err error) {
	from := picture.Bounds()
	width, height := from.Dx(), from.Dy()
	if longest := max(width, height); longest > side {
		width, height = max(1, width*side/longest), max(1, height*side/longest)
	}
	small := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.ApproxBiLinear.Scale(small, small.Bounds(), picture, from, draw.Src, nil)
	var b bytes.Buffer
	if small.Opaque() {
		err = jpeg.Encode(&b, small, &jpeg.Options{Quality: 80})
		return b.Bytes(), "image/jpeg", err
	}
	err = png.Encode(&b, small)
	return b.Bytes(), "image/png", err
}
