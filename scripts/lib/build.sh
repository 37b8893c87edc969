# shellcheck shell=bash
# Configuring and building a preset of CMakePresets.json. Needs common.sh.

# CMake repeats itself when its own files change; it does not watch the presets.
needs_configuring() {
  local ninja=$root/build/$1/build.ninja
  [[ ! -f $ninja || $root/CMakePresets.json -nt $ninja ]]
}

configure() { (cd "$root" && cmake --preset "$1"); }
compile() { (cd "$root" && cmake --build --preset "$@"); }

# True when every given target of a configured preset is up to date.
up_to_date() {
  local preset=$1
  shift
  ! needs_configuring "$preset" || return 1
  compile "$preset" --target "$@" -- -n 2>/dev/null | grep -Fq 'no work to do'
}

build_unlocked() {
  local preset=$1
  shift
  ! needs_configuring "$preset" || quietly configure "$preset" || return
  quietly compile "$preset" --target "$@"
}

# Builds targets of a preset; quiet unless that fails.
build() { holding "$1" build_unlocked "$@"; }
