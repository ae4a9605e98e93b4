package inspect

import "bytes"

// eicar is the EICAR test string, in two halves: a scanner takes a program that holds it whole for
// the test file. A file is the test file if it begins with the string, and has nothing but white
// space behind it, 128 bytes in all (https://www.eicar.org/download-anti-malware-testfile/).
var eicar = []byte(`X5O!P%@AP[4\PZX54(P^)7CC)7}` + `$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`)

const eicarMax = 128

// isTestVirus reports whether a file of this size, which begins so, is the EICAR test file.
func isTestVirus(head []byte, size int64) bool {
	return size <= eicarMax && bytes.HasPrefix(head, eicar) && len(bytes.TrimSpace(head[len(eicar):])) == 0
}
