# shellcheck shell=bash
# Debian packages: which are missing, and their installation. Needs common.sh.
build_packages=(g++ cmake ninja-build libboost-dev nlohmann-json3-dev libyaml-cpp-dev libssl-dev
  libwebp-dev libre2-dev libstb-dev libcli11-dev libsqlite3-dev libhiredis-dev libfribidi-dev zlib1g-dev unifont
  fonts-unifont ccache)
test_packages=(doctest-dev libcpp-httplib-dev libjpeg-dev libpng-dev curl wrk mold redis-server haproxy)
# The sanitizers and libFuzzer; Clang compiles what is not optimized in half of GCC's time.
clang_packages=(clang libclang-rt-14-dev)
tidy_packages=(clang clang-tidy)
check_packages=(clang-format-14 shellcheck universal-ctags python3 binutils g++)
browser_packages=(chromium)
package_packages=(python3 binutils ca-certificates)
package_test_packages=(python3-venv lintian mandoc zsh fish)

# Prints those of the given packages that are not installed, one a line. Asks only dpkg's own
# records, so that it costs milliseconds.
missing_packages() {
  local installed package
  # shellcheck disable=SC2016  # dpkg-query's own fields, not the shell's
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
  for package in "$@"; do
    grep -Fqx "installed $package" <<<"$installed" || printf '%s\n' "$package"
  done
}

# apt-get, as root, without questions. Waits up to five minutes for another apt that holds a lock:
# a machine that has just booted often runs one by itself.
apt_get() {
  local attempt log status
  local command=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300
    -o Acquire::Retries=3 "$@")
  ((EUID == 0)) || command=(sudo "${command[@]}")
  log=$(mktemp)
  for attempt in {1..60}; do
    status=0
    "${command[@]}" >"$log" 2>&1 || status=$?
    if ((status == 0)) || ! grep -Eq 'Could not get lock|Unable to lock' "$log"; then break; fi
    ((attempt > 1)) || say "$me: another apt is at work; waiting for it"
    sleep 5
  done
  ((status == 0)) || cat "$log" >&2
  rm -f "$log"
  return "$status"
}

# Makes sure that the given packages are installed, or ends with code 2 and says what to do.
# EMULATOR_SKIP_PACKAGES=1 leaves the machine as it is, for one set up by other means.
require_packages() {
  local missing
  [[ -z ${EMULATOR_SKIP_PACKAGES:-} ]] || return 0
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    die "there is no apt here. Install what these Debian packages hold:" "$@" \
      "- and run again with EMULATOR_SKIP_PACKAGES=1"
  fi
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]} > 0)) || return 0
  if ((EUID != 0)) && ! command -v sudo >/dev/null; then
    die "packages are missing, and this is neither root nor is there sudo. As root, run:" \
      "apt-get install --no-install-recommends ${missing[*]}"
  fi
  say "$me: installing ${missing[*]}"
  apt_get update || say "$me: apt-get update failed; trying with the lists there are"
  apt_get install -y --no-install-recommends "${missing[@]}" ||
    die "could not install: ${missing[*]}"
}
