package keyscan

import (
	"context"
)

// File searches what was found in a folder as a file.
func File(ctx context.Context, path string) Report {
	w := newWorker(Options{MaxFile: DefaultMaxFile})
	w.file(ctx, target{path: path})
	return w.Report
}
