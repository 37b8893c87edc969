# shellcheck shell=bash
# Configuring and building a preset of CMakePresets.json. Needs common.sh.

# CMake repeats itself when its own files change; it does not watch the presets.
needs_configuring() {
  local ninja=$root/build/$1/build.ninja
  [[ ! -f $ninja || $root/CMakePresets.json -nt $ninja ]]
}

configure() { (cd "$root" && cmake --preset "$1"); }
compile() { (cd "$root" && cmake --build --preset "$@"); }

build_unlocked() {
  local preset=$1
  shift
  ! needs_configuring "$preset" || quietly configure "$preset" || return
  quietly compile "$preset" --target "$@"
}

# Builds targets of a preset; quiet unless that fails.
build() { holding "$1" build_unlocked "$@"; }
