// Package assets holds the files that pages refer to: style sheet, scripts, font and drawings. They
// are built by "make assets", committed, and embedded, so that running Bulkhead needs no Node and
// no page needs another host.
//
// All files share one version, a digest over their names and contents, that stands in every
// address. An address therefore never changes its meaning and may be cached for ever, while
// relative references between the files (the style sheet's font, one script's import of another)
// need no rewriting.
package assets

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"regexp"
)

// Prefix is where Handler is to be mounted.
const Prefix = "/assets/"

//go:embed dist
var embedded embed.FS

var files, version = load()

// symbols are the addresses of the symbols in icons.svg.
var symbols = func() map[string]string {
	all := map[string]string{}
	for _, found := range regexp.MustCompile(`<symbol id="([^"]+)"`).FindAllSubmatch(files["icons.svg"].plain, -1) {
		id := string(found[1])
		all[id] = URL("icons.svg") + "#" + id
	}
	return all
}()

// URL returns the address of a file. It panics if there is none of that name: names are constants
// of our own pages, so a wrong one is found by the first test that renders it.
func URL(name string) string {
	if _, ok := files[name]; !ok {
		panic("assets: no file named " + name)
	}
	return Prefix + version + "/" + name
}

// Symbol returns the address of a symbol in icons.svg. It panics if there is none, as URL does.
func Symbol(id string) string {
	address, ok := symbols[id]
	if !ok {
		panic("assets: icons.svg has no symbol " + id + "; a feature brings its own in icons.svg")
	}
	return address
}

// load reads the embedded files. WalkDir goes in lexical order, so that the same files always yield
// the same version.
func load() (map[string]*file, string) {
	files := map[string]*file{}
	digest := sha256.New()
	err := fs.WalkDir(embedded, "dist", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := embedded.ReadFile(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(digest, "%s\n%d\n", entry.Name(), len(content))
		digest.Write(content)
		files[entry.Name()] = newFile(entry.Name(), content)
		return nil
	})
	if err != nil {
		panic("assets: unreadable embedded files: " + err.Error())
	}
	return files, hex.EncodeToString(digest.Sum(nil))[:12]
}
