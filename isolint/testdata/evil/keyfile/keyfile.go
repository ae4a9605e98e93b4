package keyfile

import (
	"io/fs"
	"net/http"
	"os"
	"text/template"
)

func All(name string) {
	_, _ = os.ReadFile(name)                // want "file: os.ReadFile"
	_, _ = os.Open(name)                    // want "file: os.Open"
	_, _ = os.OpenFile(name, 0, 0)          // want "file: os.OpenFile"
	_, _ = os.OpenRoot("/")                 // want "file: os.OpenRoot"
	_, _ = fs.ReadFile(os.DirFS("/"), name) // want "file: os.DirFS"
	read := os.ReadFile                     // want "file: os.ReadFile"
	_, _ = read(name)
	_ = http.FileServer(http.Dir("/")) // want "file: http.Dir"
	_, _ = template.ParseFiles(name)   // want "file: template.ParseFiles"
}
