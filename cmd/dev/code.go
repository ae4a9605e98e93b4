package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
)

// showCode prints the code that the operator's authenticator app shows now.
func showCode(data string, stdout io.Writer) error {
	name := filepath.Join(data, "dev.json")
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is not there: start once without -code, or name the folder with -data", name)
	}
	if err != nil {
		return err
	}
	var file devFile
	if err := json.Unmarshal(text, &file); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	code, err := secondfactor.Code(file.Operator.TOTPSecret, time.Now())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, code)
	return err
}
