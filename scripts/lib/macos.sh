# shellcheck shell=bash
# What macOS' programs are compiled with, all of it below build/macos: Zig from the Python package
# index, which has a Clang and the headers of macOS, and the libraries from Debian's source packages.
# Needs common.sh, packages.sh and build.sh.

# To fetch and unpack sources, and to make SQLite's, OpenSSL's and RE2's.
macos_packages=(python3-pip dpkg-dev perl tcl make unicode-data python3-six)

# The hash is of the file for x86-64 Linux: there is Zig for others, but nobody has built with it.
zig_version=0.15.2
zig_hash=806316453d1ede7174ed3fefb8e5348154629089c3bb5fe812dfd0e172fac130

macos_sources=(openssl libwebp re2 yaml-cpp sqlite3 hiredis fribidi zlib)

# What the emulator does not use of OpenSSL: old ciphers, other protocols, modules.
openssl_without=(no-shared no-dso no-engine no-tests no-legacy no-comp no-cms no-cmp no-ts no-srp no-gost no-idea
  no-camellia no-seed no-rc2 no-rc4 no-bf no-cast no-md4 no-mdc2 no-rmd160 no-whirlpool no-sm2 no-sm3 no-sm4 no-aria
  no-ssl3 no-dtls no-srtp no-sctp no-ct no-ui-console no-afalgeng
  -DOPENSSL_NO_APPLE_CRYPTO_RANDOM)

# The system to compile for, as Zig names it: the oldest macOS that has what is used. Prints it.
macos_target() {
  case $1 in
    arm64) echo aarch64-macos.11.0 ;;
    x86_64) echo x86_64-macos.11.0 ;;
    *) return 1 ;;
  esac
}

fetch_zig() {
  local folder=$root/build/macos/zig
  rm -rf "$folder" "$folder.part"
  mkdir -p "$folder.part"
  printf 'ziglang==%s --hash=sha256:%s\n' "$zig_version" "$zig_hash" >"$folder.part/requirements.txt"
  # Unpacked, not installed: no Python of this machine learns of it.
  python3 -m pip download --quiet --no-deps --only-binary :all: --require-hashes \
    --dest "$folder.part" --requirement "$folder.part/requirements.txt" &&
    python3 -m zipfile -e "$folder.part"/ziglang-*.whl "$folder.part" &&
    chmod +x "$folder.part/ziglang/zig" && rm "$folder.part"/*.whl && mv "$folder.part" "$folder"
}

# Debian's sources, by an apt that keeps its lists here: this machine's has none of sources. What
# is fetched is signed, as packages are.
fetch_sources() {
  local folder=$root/build/macos/sources
  local state=$folder/apt fetched=$folder/fetched lists=$folder/apt/sources.list package dsc
  local options=(-o "Dir::Etc::SourceList=$lists" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State=$state/state"
    -o "Dir::Cache=$state/cache" -o "Dir::State::status=$state/status")
  if ((EUID == 0)); then options+=(-o APT::Sandbox::User=root); fi
  rm -rf "$folder"
  mkdir -p "$state/state/lists/partial" "$state/cache/archives/partial" "$fetched"
  touch "$state/status"
  # shellcheck disable=SC2016  # apt's own fields, not the shell's
  apt-get indextargets --format \
    'deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(REPO_URI) $(RELEASE) $(COMPONENT)' \
    'Created-By: Packages' 'Origin: Debian' | sort -u >"$state/all.list"
  [[ -s $state/all.list ]] || { echo "apt knows no archive of Debian's: apt-get update"; return 1; }
  cp "$state/all.list" "$lists"
  apt-get "${options[@]}" update || return
  if ! (cd "$fetched" && apt-get "${options[@]}" source --download-only "${macos_sources[@]}"); then
    # A mirror may have the lists of security updates, and not all of their files.
    echo "without security updates:"
    rm -f "$fetched"/*
    grep -v -- -security "$state/all.list" >"$lists"
    apt-get "${options[@]}" update &&
      (cd "$fetched" && apt-get "${options[@]}" source --download-only "${macos_sources[@]}") || return
  fi
  for package in "${macos_sources[@]}"; do
    dsc=("$fetched/${package}_"*.dsc)
    dpkg-source --no-check -x "${dsc[0]}" "$folder/$package" || return
    basename "${dsc[0]}" .dsc >>"$folder/versions"
  done
  # One file of many, by SQLite's own script.
  mkdir "$folder/sqlite3-whole" &&
    (cd "$folder/sqlite3-whole" && ../sqlite3/configure && make sqlite3.c sqlite3.h) || return
  # Tables of Unicode that Debian makes anew as well.
  (cd "$folder/re2/re2" && perl make_perl_groups.pl >perl_groups.cc &&
    python3 make_unicode_groups.py >unicode_groups.cc && python3 make_unicode_casefold.py >unicode_casefold.cc) || return
  rm -rf "$state" "$fetched" "$folder"/*.orig*
  printf '%s\n' "${macos_sources[@]}" >"$folder/complete"
}

# Programs by the names that builds want. Zig keeps what it has compiled below build/macos.
write_tools() {
  local arch=$1 bin=$root/build/macos/$1/bin tool call
  mkdir -p "$bin"
  for tool in clang:cc clang++:c++ ar:ar ranlib:ranlib; do
    call=${tool#*:}
    if [[ $call == c* ]]; then call+=" -target $(macos_target "$arch")"; fi
    # shellcheck disable=SC2016  # the script's own variables
    printf '#!/bin/sh\nhere=$(dirname "$0")/../..\n%s\nexec "$here/zig/ziglang/zig" %s "$@"\n' \
      'export ZIG_GLOBAL_CACHE_DIR="$here/zig-cache" ZIG_LOCAL_CACHE_DIR="$here/zig-cache"' "$call" >"$bin/${tool%:*}"
    chmod +x "$bin/${tool%:*}"
  done
}

build_openssl() {
  local folder=$root/build/macos/$1/openssl bin=$root/build/macos/$1/bin
  rm -rf "$folder"
  mkdir -p "$folder"
  # It notes the compiler's name and the day in itself: no folder of this machine, and always the same
  # day. The certificates that macOS comes with are in /etc/ssl/cert.pem.
  (cd "$folder" && export PATH=$bin:$PATH CC=clang AR=ar RANLIB=ranlib SOURCE_DATE_EPOCH=0 &&
    perl ../../sources/openssl/Configure "darwin64-$1-cc" "${openssl_without[@]}" --prefix=/usr/local \
      --openssldir=/etc/ssl &&
    make -j"$(nproc)" build_generated libcrypto.a libssl.a) || return
  mkdir -p "$2/lib" "$2/include"
  cp "$folder"/lib{crypto,ssl}.a "$2/lib" && cp -r "$root/build/macos/sources/openssl/include/openssl" "$2/include" &&
    cp "$folder"/include/openssl/*.h "$2/include/openssl"
}

build_macos_libraries() {
  local arch=$1 folder=$root/build/macos/$1
  local to=$folder/root
  rm -rf "$to"
  mkdir -p "$to/include" "$to/share/cmake"
  build_openssl "$arch" "$to" &&
    cmake -S "$root/cmake/macos" -B "$folder/libraries" -G Ninja --toolchain "$root/cmake/macos-$arch.cmake" \
      -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$to" -DSOURCES="$root/build/macos/sources" &&
    cmake --build "$folder/libraries" --target install || return
  # Those that are headers alone are this machine's.
  local header
  for header in boost nlohmann stb CLI; do ln -s "/usr/include/$header" "$to/include/$header" || return; done
  cp -r /usr/share/cmake/nlohmann_json "$to/share/cmake/"
  cat "$root/build/macos/sources/versions" "$root/build/macos/zig/requirements.txt" >"$folder/complete"
}

# Has what a preset release-macos-ARCH needs, once. Takes minutes the first time.
require_macos() {
  local arch=$1 macos=$root/build/macos
  macos_target "$arch" >/dev/null || die "for macOS there are arm64 and x86_64, not $arch"
  [[ $(uname -sm) == "Linux x86_64" ]] || die "macOS is compiled for on Linux, x86-64; here is $(uname -sm)"
  require_packages "${build_packages[@]}" "${macos_packages[@]}"
  if [[ ! -f $macos/zig/requirements.txt ]] || ! grep -Fq "$zig_hash" "$macos/zig/requirements.txt"; then
    say "$me: fetching Zig $zig_version"
    quietly fetch_zig || die "Zig could not be fetched"
    rm -f "$macos"/*/complete
  fi
  if ! cmp -s <(printf '%s\n' "${macos_sources[@]}") "$macos/sources/complete"; then
    rm -f "$macos"/*/complete
    say "$me: fetching the libraries' sources"
    quietly fetch_sources || die "the libraries' sources could not be fetched"
  fi
  write_tools "$arch"
  if [[ ! -f $macos/$arch/complete ]]; then
    say "$me: building the libraries for macOS, $arch"
    quietly build_macos_libraries "$arch" || die "the libraries could not be built for macOS, $arch"
  fi
}
