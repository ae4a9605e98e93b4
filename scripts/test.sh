#!/bin/sh
# Runs go test with the arguments, and says at its end which packages took longest. Its exit status is that of go test.
set -eu

# Tests wait for disks, browsers and other processes, so one package more than there are processors is at work.
jobs=$(($(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2) + 1))

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
{
	code=0
	${GO:-go} test -p "$jobs" "$@" || code=$?
	echo "$code" >"$dir/code"
} | tee "$dir/output"

slowest=$(awk -F'\t' '$1 ~ /^(ok|FAIL) *$/ && $3 ~ /^[0-9.]+s/ { printf "%9s  %s\n", $3, $2 }' "$dir/output" | sort -rn | head -8)
if [ -n "$slowest" ]; then
	printf '\nThe slowest packages:\n%s\n' "$slowest"
fi
read -r code <"$dir/code" || code=1
exit "$code"
