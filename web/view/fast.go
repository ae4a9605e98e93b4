package view

import (
	"context"
	"html"
	"io"
	"time"
)

// A list's rows are many, and templ puts every expression through fmt. These two components spare
// them that.

// Text is a text node.
type Text string

// Render writes t, escaped.
func (t Text) Render(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, html.EscapeString(string(t)))
	return err
}

// Moment is a time for people, which the browser puts into their own zone.
type Moment time.Time

// Render writes a time element.
func (m Moment) Render(_ context.Context, w io.Writer) error {
	at := time.Time(m).UTC()
	element := make([]byte, 0, 96)
	element = append(element, `<time datetime="`...)
	element = at.AppendFormat(element, time.RFC3339)
	element = append(element, `">`...)
	element = at.AppendFormat(element, "2 Jan 2006, 15:04 UTC")
	element = append(element, `</time>`...)
	_, err := w.Write(element)
	return err
}
