#!/bin/sh
# Fails when a committed templ file is not what its source generates.
set -eu

before=$(find web -name '*_templ.go' | sort | xargs cat | cksum)
${GO:-go} tool templ generate -path web >/dev/null 2>&1 || { echo "templ generate failed: run it to see why." >&2; exit 1; }
after=$(find web -name '*_templ.go' | sort | xargs cat | cksum)
if [ "$before" != "$after" ]; then
	echo "Generated templates were stale and have been regenerated: commit web/**/*_templ.go." >&2
	exit 1
fi
