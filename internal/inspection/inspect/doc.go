// Package inspect looks at one file and reports what it is: its type by content, its digest, what
// an archive lists, what a text begins with, and whatever makes the file one to be careful with.
//
// It trusts nothing about the file. Everything that a file can demand (room, time, depth) has a
// bound in [Limits], and reaching one is a [Finding] and no error. Decoders are other people's code
// that reads hostile bytes, so whoever serves people calls this package in a process of its own,
// which the system ends when it takes too much.
//
//	inspect.go   one pass over the file, and what its type asks for
//	archive.go   what an archive lists, and how far it is unpacked
//	text.go      what a text begins with
//	image.go     how large an image is, and a small one like it
//	pdf.go       how long a PDF is, and what it says of itself
//	eicar.go     the test string of scanners
package inspect
