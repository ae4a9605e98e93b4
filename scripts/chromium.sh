#!/bin/sh
# Makes sure that a Chromium for the browser tests is there: one found on PATH, named by CHROMIUM, or installed from the
# system's packages. Otherwise says in one sentence what is missing, and fails.
set -eu

for candidate in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
	if [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1; then
		exit 0
	fi
done
if [ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ]; then
	exit 0
fi

sudo=
if [ "$(id -u)" -ne 0 ]; then
	sudo="sudo -n"
fi
if command -v apt-get >/dev/null 2>&1; then
	echo "installing chromium for the browser tests ..." >&2
	if { $sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1; then
		exit 0
	fi
fi
echo "The browser tests need Chromium and it could not be installed: install it, or set CHROMIUM to its path, and run make test again." >&2
exit 1
