# shellcheck shell=bash
# Node.js for the tests with real SDKs. Needs common.sh and packages.sh.
node_wanted=20        # the oldest major version that will do
node_shipped=22.23.3  # of the npm package that ships the program, where the installed one is older

node_major() {
  local version
  version=$("$1" --version 2>/dev/null) || return 1
  version=${version#v}
  printf '%s\n' "${version%%.*}"
}

node_will_do() {
  local major
  command -v "$1" >/dev/null && major=$(node_major "$1") && ((major >= node_wanted))
}

# Sets `node` to a program that is new enough: the installed one, else that of the npm package
# `node`, kept under build/. Where there is no npm at all, Debian's comes first.
require_node() {
  command -v npm >/dev/null || require_packages nodejs npm ca-certificates
  node=node
  if node_will_do "$node"; then return; fi
  node=$root/build/node/node_modules/.bin/node
  if node_will_do "$node"; then return; fi
  say "$me: the installed Node.js is older than $node_wanted; fetching the npm package node@$node_shipped"
  mkdir -p "$root/build/node"
  quietly npm install --prefix "$root/build/node" --no-save --no-package-lock --no-audit --no-fund \
    "node@$node_shipped" || return
  node_will_do "$node" || die "the npm package node@$node_shipped did not bring a program that runs"
}

# Installs the locked packages of a folder, unless they are newer than the lock file.
require_node_modules() {
  local folder=$1
  [[ $folder/node_modules/.package-lock.json -nt $folder/package-lock.json ]] ||
    (cd "$folder" && quietly npm ci --ignore-scripts)
}
