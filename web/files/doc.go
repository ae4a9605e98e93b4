// Package files is the feature of a workspace's files: the list, uploads straight from the browser
// to the bucket, downloads and deletions; pages and API.
//
//	GET  /t/acme/files               Page; htmx: Table
//	GET  /t/acme/files?cursor=C      Page of the later part; htmx: Rows
//	GET  /t/acme/files/ID            FilePage: what became of the file
//	POST /t/acme/files/ID/inspect    303 to it with a notice
//	GET  /t/acme/files/ID/move       MovePage: the form for another name and folder
//	POST /t/acme/files/ID/move       303 to the file with a notice; 412, 422 MovePage
//	GET  /t/acme/files/ID/download   303 to a signed URL
//	GET  /t/acme/files/ID/preview    303 to a signed URL, for FilePage to show within itself
//	GET  /t/acme/files/ID/delete     DeletePage, the confirmation for people without scripts
//	POST /t/acme/files/ID/delete     303 to the list with a notice and a way back; htmx: Deleted
//	GET  /t/acme/files/bin           BinPage; htmx, of a later part: BinRows
//	POST /t/acme/files/bin/ID/restore  303 to the file with a notice
//	GET  /t/acme/files/bin/ID/delete PurgePage; POST: 303 to the bin with a notice
//	GET  /t/acme/files/bin/delete    EmptyPage; POST: 303 to the bin with a notice
//	GET  /t/acme/files/versions/ID/download  303 to a signed URL
//	POST /t/acme/files/versions/ID/restore   303 to the file with a notice
//	GET  /t/acme/files/versions/ID/delete    DeleteVersionPage; POST: 303 to the file
//
// Our own script sends JSON and takes JSON. Failures are application/problem+json, whose detail is
// shown in the file's row.
//
//	POST /t/acme/files               {"name","size","type"}: 201 {"id","upload":{"method","url","headers":{}}}
//	upload.method upload.url         the file itself, to the bucket, with exactly those headers
//	                                 above 8 MiB: 201 {"id","parts":{"size","count"}}
//	POST /t/acme/files/ID/parts      {"numbers":[1]}: {"parts":[{"number","request":{"method","url","headers":{}}}]}
//	GET  /t/acme/files/ID/parts      {"parts":{"size","count"},"arrived":[1]}
//	POST /t/acme/files/ID/complete   {}: 2xx; then the list is asked for again
//	POST /t/acme/files/ID/delete     after a cancelled or failed transfer: no pending record stays
//
// Handles for tests: files, files-empty, files-more, upload-input, upload-area, file-row,
// file-name, file-download, file-delete, delete-dialog, delete-confirm, bin-link, bin, bin-row,
// bin-restore, bin-delete, bin-nothing, bin-more, undo, versions, version-row, version-download,
// version-restore, version-delete, preview, file-link, copy-link, select, selection, select-all,
// select-end, download-zip, folders, download-folder, more-folders. A file-row carries
// data-file-id and data-status (pending, stored, failed). A running upload is an element with
// data-upload-row, data-name and data-status: waiting, sending, paused, finishing, stored, failed
// or cancelled. It holds a progress element, data-upload-percent, data-upload-message,
// data-upload-cancel, data-upload-pause and data-upload-retry; uploads-all is the bar of all. A
// stored one leaves when the list shows its file.
package files
