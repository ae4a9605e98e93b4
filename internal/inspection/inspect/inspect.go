package inspect

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/gabriel-vasile/mimetype"
)

// headSize is how much of a file says what its type is.
const headSize = 3072

// Inspect looks at a file of this size. It reads the file once from end to end, and an archive once
// more. What the file is and does is in the report; an error says that the file could not be read,
// that ctx is done, or that a limit is not positive.
func Inspect(ctx context.Context, file io.ReaderAt, size int64, limits Limits) (Report, error) {
	if err := limits.validate(); err != nil {
		return Report{}, err
	}
	from := &source{file: file}
	report, err := inspect(ctx, from, size, limits)
	if from.failed != nil { // a decoder may have taken that for the file's own fault
		err = fmt.Errorf("inspect: read: %w", from.failed)
	}
	if err != nil {
		return Report{}, err
	}
	return report, nil
}

// source is a file that remembers whether reading it has failed.
type source struct {
	file   io.ReaderAt
	failed error
}

var errOffset = errors.New("inspect: a place before the beginning of the file")

func (s *source) ReadAt(p []byte, at int64) (int, error) {
	if at < 0 { // what a file says of itself may lead a decoder there
		return 0, errOffset
	}
	n, err := s.file.ReadAt(p, at)
	if err != nil && err != io.EOF {
		s.failed = err
	}
	return n, err
}

func inspect(ctx context.Context, file io.ReaderAt, size int64, limits Limits) (Report, error) {
	whole := io.NewSectionReader(file, 0, size)
	head := make([]byte, min(size, headSize))
	if _, err := io.ReadFull(whole, head); err != nil {
		return Report{}, fmt.Errorf("inspect: read: %w", err)
	}
	i := &inspection{ctx: ctx, limits: limits, report: Report{Type: typeOf(head), Size: size}}
	sum := sha256.New()
	var text *textReader
	var to io.Writer = sum
	if isText(i.report.Type) {
		text = newTextReader(limits.Preview)
		to = io.MultiWriter(sum, text)
	}
	if _, err := io.Copy(to, i.stop(io.NewSectionReader(file, 0, size))); err != nil {
		return Report{}, fmt.Errorf("inspect: read: %w", err)
	}
	i.report.SHA256 = hex.EncodeToString(sum.Sum(nil))
	if text != nil {
		i.report.Text = text.text()
	}
	if isTestVirus(head, size) {
		i.found(TestVirus, nil)
	}
	if err := i.archive(file, size, packingOf(head), nil); err != nil && !errors.Is(err, errEnough) {
		return Report{}, err
	}
	if err := errors.Join(i.image(file, size), i.pdf(file, size)); err != nil {
		return Report{}, err
	}
	return i.report, nil
}

// inspection is one call of Inspect.
type inspection struct {
	ctx      context.Context
	limits   Limits
	report   Report
	entries  int
	unpacked int64
}

// found adds a finding about the file, or about the entry with these names. One entry has a kind of
// finding once. When there are as many as are listed, only a kind that is not there yet is added:
// many findings that harm nobody hide none that does.
func (i *inspection) found(k Kind, names []string) {
	f := Finding{k, strings.Join(names, " > ")}
	full := len(i.report.Findings) >= i.limits.Listed
	for _, other := range i.report.Findings {
		if other == f || full && other.Kind == k {
			return
		}
	}
	i.report.Findings = append(i.report.Findings, f)
}

// stop is r, until the call's context is done.
func (i *inspection) stop(r io.Reader) io.Reader { return stopping{i.ctx, r} }

type stopping struct {
	ctx context.Context
	r   io.Reader
}

func (s stopping) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(p)
}

// typeOf is the media type of what begins so, without parameters.
func typeOf(head []byte) string {
	t, _, _ := strings.Cut(mimetype.Detect(head).String(), ";")
	return t
}

func isText(mediaType string) bool { return strings.HasPrefix(mediaType, "text/") }

// inMemory is a file that is kept in memory.
func inMemory(b []byte) (io.ReaderAt, int64) { return bytes.NewReader(b), int64(len(b)) }
