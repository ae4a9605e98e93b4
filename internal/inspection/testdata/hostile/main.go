// Command hostile is a worker that a file can tell what to do: "spin", "allocate", "panic", or
// "slow", which takes three seconds. Any
// other file it inspects as a worker does. It limits itself by the same function.
package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/inspection/inspect"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/sandbox"
)

func main() {
	var job struct {
		Size   int64          `json:"size"`
		Limits sandbox.Limits `json:"limits"`
	}
	must(json.NewDecoder(os.Stdin).Decode(&job))
	must(sandbox.Confine(job.Limits))
	content := read(job.Size)
	switch string(content) {
	case "spin":
		for i := 0; ; i++ {
			runtime.KeepAlive(i)
		}
	case "allocate":
		var held [][]byte
		for {
			b := make([]byte, 16<<20)
			for i := 0; i < len(b); i += 4096 {
				b[i] = 1
			}
			held = append(held, b)
			runtime.KeepAlive(held)
		}
	case "slow":
		time.Sleep(3 * time.Second)
	case "panic":
		panic("a defect in a decoder")
	}
	report, err := inspect.Inspect(context.Background(), bytes.NewReader(content), job.Size, job.Limits.File)
	must(err)
	must(json.NewEncoder(os.Stdout).Encode(report))
}

// read asks for the whole file, which is small.
func read(size int64) []byte {
	if size == 0 {
		return nil
	}
	q := binary.BigEndian.AppendUint32(make([]byte, 8), uint32(size))
	_, err := os.NewFile(3, "questions").Write(q)
	must(err)
	answer := make([]byte, 1+size)
	_, err = io.ReadFull(os.NewFile(4, "answers"), answer)
	must(err)
	return answer[1:]
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
