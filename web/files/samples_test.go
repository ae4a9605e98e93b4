package files_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/web/files"
	"github.com/bulkhead-saas/bulkhead/web/view/viewtest"
)

func samples(text string) []viewtest.Sample {
	shell, viewer := viewtest.Shell(text, files.Section()), viewtest.ViewerShell(text, files.Section())
	file := files.File{
		ID: text, Name: text, Type: text, Size: 4_200_000, By: text, At: viewtest.Noon(), Status: "stored", Badge: "Not inspected", CanChange: true,
	}
	pending, unfinished := file, file
	pending.ID, pending.Status, pending.Badge = text+"2", "pending", "Uploading"
	unfinished.ID, unfinished.Status, unfinished.Badge = text+"3", "unfinished", "Unfinished"
	pending.Folder = text
	image, words := file, file
	image.Link, image.Preview = text, uploads.ImagePreview
	words.Link, words.Preview = text, uploads.TextPreview
	withheld := file
	withheld.Withheld, withheld.CanSet = true, true
	list := files.List{Files: []files.File{file, pending, unfinished}, Next: text, CanUpload: true, CanSet: true, MaxBytes: 32_000_000, Types: []string{text, "text/plain"}}
	binned := files.BinnedFile{File: file, BinnedBy: text, BinnedAt: viewtest.Noon(), Left: "in 30 days"}
	harmful := files.BinnedFile{File: unfinished, BinnedBy: text, BinnedAt: viewtest.Noon(), Left: "within a day"}
	harmful.Folder, harmful.Badge, harmful.CanChange = text, "Harmful", false
	bin := files.Bin{Files: []files.BinnedFile{binned, harmful}, Next: text, CanChange: true}
	return []viewtest.Sample{
		{Name: "files", Component: files.Page(shell, list)},
		{Name: "files read only", Component: files.Page(viewer, files.List{Files: []files.File{file}})},
		{Name: "files, unreadable settings", Component: files.Page(shell, files.List{Files: []files.File{withheld}, CanUpload: true, CanSet: true, Problem: text})},
		{Name: "files, nearly full", Component: files.Page(shell, files.List{CanUpload: true, Usage: uploads.Usage{Bytes: 90e9, Quota: 100e9}})},
		{Name: "files empty", Component: files.Page(shell, files.List{CanUpload: true})},
		{Name: "files empty read only", Component: files.Page(viewer, files.List{})},
		{Name: "file with an image", Component: files.FilePage(shell, image, timeline(text), nil)},
		{Name: "file with a text", Component: files.FilePage(viewer, words, timeline(text), nil)},
		{Name: "file", Component: files.FilePage(shell, file, timeline(text), []files.FileVersion{{File: file, Number: 2}, {File: harmful.File, Number: 1}})},
		{Name: "harmful", Component: files.HarmfulPage(shell, file, text, files.Ways{Back: []string{"files"}, On: []string{"files", text, "download"}})},
		{Name: "file withheld", Component: files.FilePage(shell, withheld, files.Timeline{Withheld: text}, nil)},
		{Name: "delete", Component: files.DeletePage(shell, file)},
		{Name: "move", Component: files.MovePage(shell, files.Move{ID: text, Name: text, Folder: text, Revision: 1})},
		{Name: "move refused", Component: files.MovePage(shell, files.Move{ID: text, Name: text, Field: "name", Error: text, Revision: 1})},
		{Name: "files found", Component: files.Page(shell, files.List{Files: list.Files, Next: text, Query: uploads.Query{Search: text, Folder: text, Order: uploads.ByName}})},
		{Name: "files of a folder", Component: files.Page(shell, files.List{Query: uploads.Query{Folder: "a/" + text}, Folders: []string{"a/" + text}, MoreFolders: "a/" + text})},
		{Name: "none found", Component: files.Page(viewer, files.List{Query: uploads.Query{Search: text}})},
		{Name: "nothing to search for", Component: files.Page(viewer, files.List{Query: uploads.Query{Search: text}, Wrong: text})},
		{Name: "empty folder", Component: files.Page(shell, files.List{Query: uploads.Query{Folder: text}})},
		{Name: "file list", Component: files.Table(shell, list), Fragment: true},
		{Name: "file rows", Component: files.Rows(shell, list), Fragment: true},
		{Name: "file deleted", Component: files.Deleted(file, ""), Fragment: true},
		{Name: "file binned", Component: files.Deleted(file, "/t/acme/files/bin/a/restore"), Fragment: true},
		{Name: "bin", Component: files.BinPage(shell, bin)},
		{Name: "bin read only", Component: files.BinPage(viewer, files.Bin{Files: bin.Files})},
		{Name: "bin empty", Component: files.BinPage(shell, files.Bin{CanChange: true})},
		{Name: "bin rows", Component: files.BinRows(shell, bin), Fragment: true},
		{Name: "binned", Component: files.BinnedPage(shell, binned)},
		{Name: "binned read only", Component: files.BinnedPage(viewer, bin.Files[1])},
		{Name: "delete unsent", Component: files.DeletePage(shell, pending)},
		{Name: "delete for good", Component: files.PurgePage(shell, binned)},
		{Name: "file read only", Component: files.FilePage(viewer, unfinished, timeline(text), []files.FileVersion{{File: file, Number: 1}})},
		{Name: "delete version", Component: files.DeleteVersionPage(shell, files.FileVersion{File: file, Number: 3}, text)},
		{Name: "empty the bin", Component: files.EmptyPage(shell)},
	}
}

// timeline has a step of each outcome.
func timeline(text string) files.Timeline {
	return files.Timeline{MayAsk: true, Steps: []files.Step{
		{Title: "Announced", At: viewtest.Noon(), Outcome: "done"},
		{Title: "Arrived", At: viewtest.Noon(), Outcome: "done", Says: text},
		{Title: "Being inspected", At: viewtest.Noon(), Deadline: viewtest.Noon(), Outcome: "now"},
		{Title: "Inspected in part", At: viewtest.Noon(), Outcome: "warned"},
		{Title: text, Says: text, Outcome: "failed"},
	}}
}

func TestPages(t *testing.T) { viewtest.Check(t, samples) }
