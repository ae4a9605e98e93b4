package secondfactor

import (
	"fmt"
	"image/color"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// QR is a QR code to be drawn: Path is an SVG path on a grid of Size by Size, with the quiet zone
// that the standard wants (ISO/IEC 18004).
type QR struct {
	Size int
	Path string
}

// quiet is how wide the zone around a code is.
const quiet = 4

// NewQR returns the QR code of a text. The error is a text that is too long for one.
func NewQR(text string) (QR, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return QR{}, fmt.Errorf("secondfactor: QR code: %w", err)
	}
	var path strings.Builder
	size := code.Bounds().Dx()
	dark := func(x, y int) bool { return x < size && color.GrayModel.Convert(code.At(x, y)).(color.Gray).Y < 128 }
	for y := range size {
		for x := 0; x < size; x++ {
			run := 0
			for dark(x+run, y) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, run, run)
				x += run
			}
		}
	}
	return QR{Size: size + 2*quiet, Path: path.String()}, nil
}
