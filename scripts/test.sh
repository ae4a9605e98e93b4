#!/bin/sh
# Runs go test over the module with the arguments, and says at its end which packages took longest. It exits with 1 if a
# test has failed.
set -eu

go=${GO:-go}
packages=$($go list ./...)
jobs=$(($(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2) + 1)) # tests wait, for clocks and for each other

# isolint computes, starts nothing and shares nothing. The race detector would make that ten times as long, so these
# packages have none. What they ask the go command about is compiled as GOFLAGS say all the same.
computing='/isolint(/|$)'

# The stories in a browser mostly wait, so the others run beside them, and give way to them.
waiting='/e2e$'

# Tests live for seconds and have the memory: a garbage collector that runs less often saves a twelfth of the time.
export GOGC="${GOGC:-400}" GOMEMLIMIT="${GOMEMLIMIT:-3GiB}"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'rm -rf "$dir"; trap - TERM; kill 0' INT TERM # what runs in the background does not hear of an interrupt
{
	code=0
	$go test -race=false "$@" $(echo "$packages" | grep -E "$computing") || code=1
	$go test "$@" $(echo "$packages" | grep -E "$waiting") >"$dir/waiting" 2>&1 &
	nice -n 10 $go test -p "$jobs" "$@" $(echo "$packages" | grep -vE "$computing|$waiting") || code=1
	wait $! || code=1
	cat "$dir/waiting"
	echo "$code" >"$dir/code"
} 2>&1 | tee "$dir/output"

slowest=$(awk -F'\t' '$1 ~ /^(ok|FAIL) *$/ && $3 ~ /^[0-9.]+s/ { printf "%9s  %s\n", $3, $2 }' "$dir/output" | sort -rn | head -8)
if [ -n "$slowest" ]; then
	printf '\nThe slowest packages:\n%s\n' "$slowest"
fi
read -r code <"$dir/code" || code=1
exit "$code"
