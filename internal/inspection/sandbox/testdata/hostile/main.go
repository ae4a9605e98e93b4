// Command hostile is a child that does what a file could make a decoder do. It limits itself by the
// same function as a real one.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/inspection/sandbox"
)

func main() {
	var job struct {
		Size   int64          `json:"size"`
		Limits sandbox.Limits `json:"limits"`
	}
	if err := json.NewDecoder(os.Stdin).Decode(&job); err != nil {
		panic(err)
	}
	if err := sandbox.Confine(job.Limits); err != nil {
		panic(err)
	}
	switch os.Args[1] {
	case "spin":
		for i := 0; ; i++ {
			runtime.KeepAlive(i)
		}
	case "sleep":
		time.Sleep(time.Hour)
	case "allocate":
		var held [][]byte
		for {
			b := make([]byte, 16<<20)
			for i := 0; i < len(b); i += 4096 {
				b[i] = 1
			}
			held = append(held, b)
			fmt.Fprintf(os.Stderr, "%d MiB\r", 16*len(held))
		}
	case "talk":
		for {
			fmt.Println(strings.Repeat("x", 1<<16))
		}
	case "lie":
		fmt.Printf(`{"type":"text/plain","size":%d,"sha256":"","findings":[]}`, job.Size)
	case "unknown":
		fmt.Printf(`{"type":"text/plain","size":%d,"sha256":"%064d","clean":true}`, job.Size, 0)
	case "ask":
		if _, err := os.NewFile(3, "questions").Write([]byte{0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}); err != nil {
			panic(err)
		}
		time.Sleep(time.Hour)
	case "write":
		if err := os.WriteFile("/tmp/bulkhead-hostile", []byte("x"), 0o600); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Print("{}")
	case "environment":
		fmt.Fprintf(os.Stderr, "%d variables", len(os.Environ()))
		os.Exit(1)
	}
}
