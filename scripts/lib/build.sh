# shellcheck shell=bash
# Configuring and building a preset of CMakePresets.json. Needs common.sh.

# The compiler's cache goes by what is below the project's root. What this clone has compiled once it
# finds again; another one finds what is compiled without common headers, in which Clang and GCC
# keep their place. Times of files are no part of what a source means.
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$root} CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=time_macros,pch_defines
# All presets together keep about 1 GB.
export CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-5G}

# CMake repeats itself when its own files change; it does not watch the presets.
needs_configuring() {
  local ninja=$root/build/$1/build.ninja
  [[ ! -f $ninja || $root/CMakePresets.json -nt $ninja ]]
}

# What a configuration that failed has found out, half of it wrong for want of a compiler, is not kept.
configure() {
  [[ -f $root/build/$1/build.ninja ]] || rm -rf "$root/build/$1"/CMake{Cache.txt,Files}
  (cd "$root" && cmake --preset "$1")
}
compile_once() { (cd "$root" && cmake --build --preset "$@"); }

# A header of the system that was upgraded has its time from the package, which is older than what was
# compiled of the one before: Ninja does not notice, but Clang does, and refuses its precompiled headers.
compile() {
  local log status=0
  log=$(mktemp)
  compile_once "$@" 2>&1 | tee "$log" || status=1
  if ((status != 0)) && grep -q 'has been modified since the precompiled header' "$log"; then
    find "$root/build/$1" -name '*.pch' -delete
    status=0
    compile_once "$@" || status=1
  fi
  rm -f "$log"
  return "$status"
}

build_unlocked() {
  local preset=$1
  shift
  ! needs_configuring "$preset" || quietly configure "$preset" || return
  quietly compile "$preset" --target "$@"
}

# Builds targets of a preset; quiet unless that fails.
build() { holding "$1" build_unlocked "$@"; }
