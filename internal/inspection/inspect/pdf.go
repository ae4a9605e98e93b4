package inspect

import (
	"errors"
	"io"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
)

// PDF is how long a PDF is, and what it says of itself.
type PDF struct {
	Pages    int    `json:"pages"`
	Title    string `json:"title,omitempty"`
	Author   string `json:"author,omitempty"`
	Subject  string `json:"subject,omitempty"`
	Creator  string `json:"creator,omitempty"`  // the program that wrote the document
	Producer string `json:"producer,omitempty"` // the program that made a PDF of it
}

// pdf looks at a PDF. One that needs a password to be opened is not looked into.
func (i *inspection) pdf(file io.ReaderAt, size int64) error {
	if i.report.Type != "application/pdf" {
		return nil
	}
	api.DisableConfigDir() // it would write one into the home directory
	settings := model.NewDefaultConfiguration()
	settings.Offline = true
	info, err := api.PDFInfo(stoppingSeeker{i.ctx.Err, io.NewSectionReader(file, 0, size)}, "", nil, false, settings)
	switch {
	case errors.Is(err, pdfcpu.ErrWrongPassword):
		i.found(Encrypted, nil)
		return nil
	case i.ctx.Err() != nil:
		return i.ctx.Err()
	case err != nil:
		return i.malformed(broken(err), nil)
	}
	i.report.PDF = &PDF{
		Pages: info.PageCount, Title: shown(info.Title), Author: shown(info.Author), Subject: shown(info.Subject),
		Creator: shown(info.Creator), Producer: shown(info.Producer),
	}
	return nil
}

// stoppingSeeker is a file until done returns an error.
type stoppingSeeker struct {
	done func() error
	io.ReadSeeker
}

func (s stoppingSeeker) Read(p []byte) (int, error) {
	if err := s.done(); err != nil {
		return 0, err
	}
	return s.ReadSeeker.Read(p)
}
