package main

const archiveFile = "internal/inspection/inspect/archive.go"

// inspectMutants are defects in what looks at files.
var inspectMutants = []mutant{
	{"a backslash is no way out", "UP-06", archiveFile, "	name = strings.ReplaceAll(name, `\\`, \"/\")\n", "", "", "Escapes"},
	{"an absolute name stays inside", "UP-06", archiveFile, `if strings.HasPrefix(name, "/") || `, `if `, "", "Escapes"},
	{"another drive is inside", "UP-06", archiveFile, `len(name) > 1 && name[1] == ':' || `, ``, "", "Escapes"},
	{"a way up and down again stays inside", "UP-06", archiveFile, `if depth--; depth < 0 {`, `if depth--; depth < -1 {`, "", "Escapes"},
	{"links of a zip are not looked at", "UP-06", archiveFile, `if leadsOut(name, string(to)) {`, `if len(to) > 4096 {`, "", "Escapes"},
	{"links of a tar are not looked at", "UP-06", archiveFile, `if leadsOut(h.Name, h.Linkname) {`, `if escapes(h.Name) {`, "", "Escapes"},
	{"any ratio is reasonable", "UP-06", archiveFile, ` || b.came > free && b.came > b.most {`, ` {`, "", "Bounds"},
	{"any size is reasonable", "UP-06", archiveFile, `if b.i.unpacked > b.i.limits.Unpacked || `, `if `, "", "Bounds"},
	{"any number of entries is looked at", "UP-06", archiveFile, `if i.entries++; i.entries > i.limits.Entries {`, `if i.entries++; i.entries < 0 {`, "", "Bounds"},
	{"archives are opened one deeper", "UP-06", archiveFile, `case len(names) >= i.limits.Depth:`, `case len(names) > i.limits.Depth:`, "", "Bounds"},
	{"an archive of any size is kept in memory", "UP-06", archiveFile, `if e.Size > i.limits.Nested {`, `if e.Size < 0 {`, "", "Bounds"},
	{"a tar is not bounded", "UP-06", archiveFile, `	bounded := i.bounded(r, size, names)`, `	bounded := r`, "", "Bounds"},
	{"the test virus hides in an archive", "UP-06", archiveFile, `if len(head) < headSize && isTestVirus(head, e.Size) {`, `if isTestVirus(head, eicarMax+1) {`, "", "TestVirus"},
	{"a packed tar that was cut off is whole", "UP-06", archiveFile, `			_, err := io.Copy(io.Discard, bounded)
			return broken(err)`, `			return nil`, "", "BrokenArchives"},
	{"a locked entry is a spoilt one", "UP-06", archiveFile, `if f.Flags&1 != 0 {`, `if f.Flags&2 != 0 && f.Flags&1 != 0 {`, "", "BrokenArchives"},
	{"a flood of findings hides the harmful one", "UP-06", "internal/inspection/inspect/inspect.go",
		`if other == f || full && other.Kind == k {`, `if other == f || full {`, "", "Flood"},
	{"a zip says how much room it has", "UP-06", archiveFile,
		`int64(min(max(f.CompressedSize64, 1), uint64(size)))`, `int64(f.CompressedSize64)`, "", "SizesThatLie"},
	{"a lost file is a malformed one", "UP-06", "internal/inspection/inspect/inspect.go",
		`if err != nil && err != io.EOF {`, `if err != nil && err == io.EOF {`, "", "Errors"},
	{"a picture of any size is decoded", "UP-06", "internal/inspection/inspect/image.go",
		`if int64(known.Width) > i.limits.Pixels/int64(known.Height) {`, `if known.Width < 0 {`, "", "BadImages"},
	{"a PDF with a password is a spoilt one", "UP-06", "internal/inspection/inspect/pdf.go",
		`case errors.Is(err, pdfcpu.ErrWrongPassword):`, `case errors.Is(err, pdfcpu.ErrWrongPassword) && size == 0:`, "", "PDF"},
}
