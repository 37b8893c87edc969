# shellcheck shell=bash
# The compiler of another architecture and the libraries to link with. Debian's packages of two
# architectures cannot all be installed beside each other, so these are unpacked below build/, by
# an apt that keeps its lists there as well. Needs common.sh and packages.sh.

# To compile for an architecture, and to run what was compiled.
cross_packages() { printf '%s\n' "g++-$1-linux-gnu" "binutils-$1-linux-gnu" qemu-user-static; }

sysroot_packages=(libboost1.74-dev nlohmann-json3-dev libyaml-cpp-dev libssl-dev libwebp-dev libre2-dev libstb-dev
  libcli11-dev libsqlite3-dev libhiredis-dev libfribidi-dev zlib1g-dev)

# Prints where the libraries of an architecture are.
sysroot_of() { echo "$root/build/sysroot-$1"; }

unpack_sysroot() {
  local folder=$1 debian=$2 package
  local state=$folder/apt
  local options=(-o "APT::Architecture=$debian" -o "APT::Architectures=$debian" -o "Dir::State=$state/state"
    -o "Dir::Cache=$state/cache" -o "Dir::State::status=$state/status")
  if ((EUID == 0)); then options+=(-o APT::Sandbox::User=root); fi
  rm -rf "$folder"
  mkdir -p "$state/state/lists/partial" "$state/cache/archives/partial" "$state/packages"
  touch "$state/status"
  apt-get "${options[@]}" update &&
    (cd "$state/packages" && apt-get "${options[@]}" download "${sysroot_packages[@]}") || return
  for package in "$state"/packages/*.deb; do dpkg -x "$package" "$folder" || return; done
  rm -rf "$state"
  printf '%s\n' "${sysroot_packages[@]}" >"$folder/complete"
}

# Has the libraries of an architecture (as `uname -m` names it) unpacked, once. Each that can be
# compiled for has a preset release-ARCH and its file in cmake/.
require_sysroot() {
  local folder debian
  folder=$(sysroot_of "$1")
  case $1 in
    aarch64) debian=arm64 ;;
    *) die "on $(uname -m) nothing can be compiled for $1; there is aarch64, on x86_64" ;;
  esac
  if [[ -f $folder/complete ]] && [[ $(<"$folder/complete") == "$(printf '%s\n' "${sysroot_packages[@]}")" ]]; then
    return
  fi
  say "$me: fetching the libraries of $1"
  quietly unpack_sysroot "$folder" "$debian" || die "the libraries of $1 could not be fetched"
}
