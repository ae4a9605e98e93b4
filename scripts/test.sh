#!/bin/sh
# Runs go test over the module with the arguments, and says at its end which packages took longest. It exits with 1 if a
# test has failed.
set -eu

# Tests wait for disks, browsers and other processes, so one package more than there are processors is at work.
jobs=$(($(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2) + 1))

# isolint computes, starts nothing and shares nothing. The race detector would make that ten times as long, so these
# packages have none. What they ask the go command about is compiled as GOFLAGS say all the same.
go=${GO:-go}
computing='/isolint(/|$)'
packages=$($go list ./...)

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
{
	code=0
	$go test -race=false "$@" $(echo "$packages" | grep -E "$computing") || code=1
	$go test -p "$jobs" "$@" $(echo "$packages" | grep -vE "$computing") || code=1
	echo "$code" >"$dir/code"
} | tee "$dir/output"

slowest=$(awk -F'\t' '$1 ~ /^(ok|FAIL) *$/ && $3 ~ /^[0-9.]+s/ { printf "%9s  %s\n", $3, $2 }' "$dir/output" | sort -rn | head -8)
if [ -n "$slowest" ]; then
	printf '\nThe slowest packages:\n%s\n' "$slowest"
fi
read -r code <"$dir/code" || code=1
exit "$code"
