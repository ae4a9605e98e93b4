package main

// fileMutants are defects in the bin, the versions, the types and the previews of files.
var fileMutants = []mutant{
	{"a file in the bin is given out", "UP-01", "internal/uploads/record.go",
		`	case binned:
		return Upload{}, ErrBinned
`, `	case binned:
		r = r.whole()
`, "", "TestBin"},
	{"an earlier version is given out as the file", "UP-01", "internal/uploads/record.go",
		`	case replaced:
		return Upload{}, ErrReplaced
`, `	case replaced:
		r = r.whole()
`, "", "TestVersions"},
	{"a file that is not in the bin is deleted for good", "UP-01", "internal/uploads/delete.go",
		`return State(rec.State) == binned || State(rec.State) == deleting })`, `return State(rec.State) != replaced })`, "", "TestBin"},
	{"a restored file is deleted with the bin", "UP-01", "internal/uploads/delete.go",
		`return State(rec.State) == binned && meant(rec) })`, `return meant(rec) })`, "", "TestBin"},
	{"a file that is put into the bin again goes with the old one", "UP-01", "internal/uploads/bin.go",
		`return !rec.Binned.After(e.At) })`, `return true })`, "", "TestBin"},
	{"a file whose time in the bin begins anew is deleted", "UP-01", "internal/uploads/settle.go",
		`return !rec.Due.After(at) }))`, `return true }))`, "", "TestBin"},
	{"a bin keeps nothing", "UP-01", "internal/uploads/bin.go",
		`Due: at.Add(BinTime), Was`, `Due: at, Was`, "", "TestBin"},
	{"a second time in the bin puts off the day", "UP-01", "internal/uploads/bin.go",
		`		case binned:
			return rec, nil
`, `		case binned:
			return rec.Was.binnedAt(at, r.caller.Email()), nil
`, "", "TestBin"},
	{"a change from before the bin is taken", "UP-01", "internal/uploads/bin.go",
		`	back.Revision++
`, ``, "", "TestBin"},

	{"a version is based on any other", "UP-01", "internal/uploads/versions.go",
		`case i.Based != 0 && i.Based != u.Revision:`, `case i.Based < 0:`, "", "TestVersions"},
	{"a version takes the place of one that is no file any more", "UP-01", "internal/uploads/versions.go",
		` || err == nil && State(rec.State) != Stored {`, ` {`, "", "TestVersions"},
	{"a new version is no new revision", "UP-01", "internal/uploads/versions.go",
		`before.Revision+1, "", r.remind(at)`, `before.Revision, "", r.remind(at)`, "", "TestVersions"},
	{"all versions are kept", "UP-01", "internal/uploads/complete.go",
		`r.deleteVersions(ctx, stored.File, MaxVersions)`, `r.deleteVersions(ctx, "", MaxVersions)`, "", "TestVersions"},
	{"one version too few is kept", "UP-01", "internal/uploads/versions.go",
		`if keep--; keep >= 0 {`, `if keep--; keep > 0 {`, "", "TestVersions"},
	{"a file is deleted as if it were an earlier version", "UP-01", "internal/uploads/versions.go",
		`func(rec record) bool { return State(rec.State) == replaced })`, `func(record) bool { return true })`, "", "TestVersions"},
	{"a version takes the place of a later one", "UP-01", "internal/uploads/versions.go",
		`if next.Version <= rec.Was.Version {`, `if next.Version < 0 {`, "", "TestVersions"},
	{"versions outlive their file", "UP-01", "internal/uploads/settle.go",
		`	if err := r.deleteVersions(ctx, rec.File, 0); err != nil {
		return err
	}
`, ``, "", "TestVersions|TestBin"},
	{"versions stay when their file is deleted for good", "UP-01", "internal/uploads/delete.go",
		`errors.Join(r.forget(ctx, id, was), r.deleteVersions(ctx, now.File, 0))`, `errors.Join(r.forget(ctx, id, was), r.deleteVersions(ctx, now.Name, 0))`, "", "TestVersions"},

	{"a file is kept as any type that it begins like", "UP-01", "internal/uploads/media.go",
		`	case passiveTypes[found]:
`, `	case found != "":
`, "", "TestTypeOf"},
	{"a file is kept as what it says it is", "UP-01", "internal/uploads/media.go",
		`case refines[announced] == found && found != "":`, `case passiveTypes[announced]:`, "", "TestTypeOf"},
	{"what a file begins with is not looked at", "UP-01", "internal/uploads/complete.go",
		`rec.ContentType = typeOf(head, rec.ContentType)`, `_ = typeOf(head, rec.ContentType)`, "", "TestFilesAreAnswered"},

	{"anything is shown within a page", "UP-01", "internal/vending/sign.go",
		`if !slices.Contains(PreviewTypes(), contentType) {`, `if !slices.Contains(PreviewTypes(), contentType) && contentType == "" {`, "", "TestPreviews"},
	{"a picture that runs is shown within a page", "UP-01", "internal/vending/sign.go",
		`return []string{"image/avif", `, `return []string{"image/svg+xml", "image/avif", `, "", "TestPreviews"},
	{"a text is shown as what it is", "UP-01", "internal/uploads/preview.go",
		`		shown = shownText
`, ``, "", "TestFilesAreAnswered"},
	{"a harmful file is shown", "UP-01", "internal/uploads/preview.go",
		`case u.State != Stored, u.Inspection.Progress == Harmful:`, `case u.State != Stored:`, "", "TestWhatIsNotShown"},
	{"a file that has not arrived is shown", "UP-01", "internal/uploads/preview.go",
		`case u.State != Stored, u.Inspection`, `case u.Inspection`, "", "TestWhatIsNotShown"},
	{"a withheld file is shown", "UP-01", "internal/uploads/preview.go",
		`	if err := r.givesOut(ctx, u); err != nil {
		return vending.SignedRequest{}, err
	}
`, ``, "", "TestSettings"},
	{"a text of any size is shown", "UP-01", "internal/uploads/preview.go",
		`case text && u.Size <= maxText:`, `case text:`, "", "TestWhatIsNotShown"},
	{"a picture of any size is shown", "UP-01", "internal/uploads/preview.go",
		`u.ContentType) && u.Size <= maxImage:`, `u.ContentType):`, "", "TestWhatIsNotShown"},
}
