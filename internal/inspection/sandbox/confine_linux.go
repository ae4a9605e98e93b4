package sandbox

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// mostFiles is how many descriptors the child may have. It needs five.
const mostFiles = 32

// Confine limits the process that calls it, for as long as it lives: its memory, its computing
// time, its descriptors. It may write no file, leave no core behind, and gain no rights by starting
// a program.
func Confine(l Limits) error {
	at, err := addressSpace()
	if err != nil {
		return err
	}
	seconds := uint64(max(1, l.CPU/time.Second))
	for resource, most := range map[int]uint64{
		syscall.RLIMIT_AS:     at + uint64(l.Memory),
		syscall.RLIMIT_CPU:    seconds, // hard and soft are one: the system kills, and nobody is asked
		syscall.RLIMIT_NOFILE: mostFiles,
		syscall.RLIMIT_FSIZE:  0,
		syscall.RLIMIT_CORE:   0,
	} {
		if err := syscall.Setrlimit(resource, &syscall.Rlimit{Cur: most, Max: most}); err != nil {
			return fmt.Errorf("sandbox: limit %d: %w", resource, err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("sandbox: no new privileges: %w", err)
	}
	return nil
}

// addressSpace is how much address space the process has now. A Go program reserves a gigabyte and
// more before it does anything, and uses little of it.
func addressSpace() (uint64, error) {
	text, err := os.ReadFile("/proc/self/statm") //isolint:allow file the process asks the system about itself
	if err != nil {
		return 0, fmt.Errorf("sandbox: %w", err)
	}
	first, _, found := strings.Cut(string(text), " ")
	pages, err := strconv.ParseUint(first, 10, 64)
	if err != nil || !found {
		return 0, errors.New("sandbox: /proc/self/statm is of another form")
	}
	return pages * uint64(os.Getpagesize()), nil
}

// dying is what the system does for the service when it starts a child: the child ends with it.
func dying() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
