# shellcheck shell=bash
# What every script of this folder begins with. Sourced, never run; the caller sets -euo pipefail.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
me=scripts/$(basename "$0")

say() { printf '%s\n' "$*" >&2; }

# Ends with code 2: the machine or the call is at fault, not the code under test.
die() {
  say "$me: $*"
  exit 2
}

# Prints the comment at the head of a script.
usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p;}' "$1"; }

# Runs a command with its output kept back, and shows that output only when the command fails.
quietly() {
  local log status=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if ((status != 0)); then
    say "$me: this failed with code $status: $*"
    cat "$log" >&2
  fi
  rm -f "$log"
  return "$status"
}

# Runs a command, and says `text` on standard error if it takes longer than a second.
saying_when_slow() {
  local text=$1 status=0 timer
  shift
  { sleep 1 && say "$text"; } >&2 &
  timer=$!
  "$@" || status=$?
  kill "$timer" 2>/dev/null || true
  wait "$timer" 2>/dev/null || true
  return "$status"
}

# Runs a command while holding the lock of that name, so that two scripts started at once do not
# build into the same folder.
holding() {
  local name=$1 status=0 lock
  shift
  mkdir -p "$root/build"
  if ! command -v flock >/dev/null; then
    "$@"
    return
  fi
  exec {lock}>"$root/build/.$name.lock"
  flock "$lock"
  "$@" || status=$?
  exec {lock}>&-
  return "$status"
}
