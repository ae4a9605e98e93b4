package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// emulatorVariable names the emulator's jar or start script.
const emulatorVariable = "BULKHEAD_FIRESTORE_EMULATOR"

// startEmulator starts Google's emulator on a free port, and returns once it answers.
func startEmulator(ctx context.Context) (*side, error) {
	path, err := findEmulator(ctx)
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	args := []string{"--host=127.0.0.1", "--port=" + strconv.Itoa(port)}
	cmd := exec.CommandContext(ctx, path, args...)
	if strings.HasSuffix(path, ".jar") {
		java := []string{"-Duser.language=en", "-cp", path, "com.google.cloud.datastore.emulator.firestore.CloudFirestore"}
		cmd = exec.CommandContext(ctx, "java", append(java, args...)...)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting Google's emulator: %w", err)
	}
	stop := func() error {
		err := cmd.Process.Kill()
		cmd.Wait()
		return err
	}
	s, err := dial("Google's emulator", "127.0.0.1:"+strconv.Itoa(port), stop)
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	s.create = func(context.Context, world) error { return nil } // every database is there
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := s.ready(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("the emulator does not answer: %w", err), s.close())
	}
	return s, nil
}

// findEmulator returns the emulator's jar, or what the environment names.
func findEmulator(ctx context.Context) (string, error) {
	if path := os.Getenv(emulatorVariable); path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("%s: %w", emulatorVariable, err)
		}
		return path, nil
	}
	absent := fmt.Errorf("the Firestore emulator is not on this machine, and nothing was compared: install it with "+
		"`gcloud components install cloud-firestore-emulator`, or name its jar in %s", emulatorVariable)
	root, err := exec.CommandContext(ctx, "gcloud", "info", "--format=value(installation.sdk_root)").Output()
	if err != nil {
		return "", absent
	}
	jar := filepath.Join(strings.TrimSpace(string(root)), "platform", "cloud-firestore-emulator", "cloud-firestore-emulator.jar")
	if _, err := os.Stat(jar); errors.Is(err, fs.ErrNotExist) {
		return "", absent
	}
	return jar, nil
}

// freePort returns a port that was free a moment ago.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}
