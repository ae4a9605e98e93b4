package processes

import (
	"os"
	"os/exec" // want "bypass: import of os/exec"
	"syscall"
)

func All() {
	_ = exec.Command("gcloud", "auth", "print-access-token").Run()
	_, _ = os.StartProcess("/bin/sh", nil, nil)  // want "bypass: os.StartProcess"
	_ = syscall.Exec("/bin/sh", nil, nil)        // want "bypass: syscall.Exec"
	_, _ = syscall.ForkExec("/bin/sh", nil, nil) // want "bypass: syscall.ForkExec"
	_, _ = syscall.Open("key.json", 0, 0)        // want "file: syscall.Open"
}
