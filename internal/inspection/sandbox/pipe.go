package sandbox

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
)

// Source is a file that the service has. ReadAt reads as that of io.ReaderAt does.
type Source interface {
	ReadAt(ctx context.Context, p []byte, at int64) (int, error)
}

// A question of the child is a place and a length, of 8 and 4 bytes. The answer is one byte, which
// says whether the piece could be read, and the piece.
const (
	questionSize = 12
	mostAsked    = 256 << 10 // bytes of one piece

	answerRead   = 0
	answerFailed = 1
)

var errQuestion = errors.New("sandbox: the child asks for what is not there")

// answer answers a child's questions until it asks no more. It returns the error with which the
// file could not be read, or errQuestion.
func answer(ctx context.Context, file Source, size int64, questions io.Reader, answers io.Writer) error {
	piece := make([]byte, 1+mostAsked)
	var q [questionSize]byte
	for {
		if _, err := io.ReadFull(questions, q[:]); err != nil {
			return nil // the child has ended, or is about to
		}
		at, n := int64(binary.BigEndian.Uint64(q[:8])), int64(binary.BigEndian.Uint32(q[8:]))
		if at < 0 || n < 1 || n > mostAsked || at > size-n {
			return errQuestion
		}
		if err := readFull(ctx, file, piece[1:1+n], at); err != nil {
			_, _ = answers.Write([]byte{answerFailed})
			return fmt.Errorf("sandbox: read: %w", err)
		}
		piece[0] = answerRead
		if _, err := answers.Write(piece[:1+n]); err != nil {
			return nil // as above
		}
	}
}

// readFull reads a piece whole. That the file ends in it is an error.
func readFull(ctx context.Context, file Source, p []byte, at int64) error {
	n, err := file.ReadAt(ctx, p, at)
	if n == len(p) {
		return nil
	}
	if err == io.EOF || err == nil {
		return io.ErrUnexpectedEOF
	}
	return err
}

// asked is the file as the child sees it. It reads ahead: most of what decoders read comes in small
// pieces, one after the other.
type asked struct {
	size      int64
	questions io.Writer
	answers   *bufio.Reader

	mu    sync.Mutex
	piece []byte
	at    int64 // where the piece begins
}

var errUnread = errors.New("sandbox: the service could not read the file")

// ReadAt implements io.ReaderAt.
func (a *asked) ReadAt(p []byte, at int64) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if at < 0 {
		return 0, errQuestion
	}
	n := 0
	for n < len(p) {
		if at >= a.size {
			return n, io.EOF
		}
		if at < a.at || at >= a.at+int64(len(a.piece)) {
			if err := a.ask(at); err != nil {
				return n, err
			}
		}
		copied := copy(p[n:], a.piece[at-a.at:])
		n, at = n+copied, at+int64(copied)
	}
	return n, nil
}

func (a *asked) ask(at int64) error {
	n := min(mostAsked, a.size-at)
	var q [questionSize]byte
	binary.BigEndian.PutUint64(q[:8], uint64(at))
	binary.BigEndian.PutUint32(q[8:], uint32(n))
	a.piece = a.piece[:0]
	if _, err := a.questions.Write(q[:]); err != nil {
		return errUnread
	}
	if said, err := a.answers.ReadByte(); err != nil || said != answerRead {
		return errUnread
	}
	if a.piece == nil {
		a.piece = make([]byte, mostAsked)
	}
	if _, err := io.ReadFull(a.answers, a.piece[:n]); err != nil {
		return errUnread
	}
	a.piece, a.at = a.piece[:n], at
	return nil
}
