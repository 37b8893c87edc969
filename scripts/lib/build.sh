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
compile() { (cd "$root" && cmake --build --preset "$@"); }

build_unlocked() {
  local preset=$1
  shift
  ! needs_configuring "$preset" || quietly configure "$preset" || return
  quietly compile "$preset" --target "$@"
}

# Builds targets of a preset; quiet unless that fails.
build() { holding "$1" build_unlocked "$@"; }
