#!/usr/bin/env bash
# Installs what the tests need and is missing (Debian, Ubuntu), builds everything, and runs all tests: the C library's own
# under the address and undefined-behaviour sanitizers, then the managed ones. The last line is "N passed, N failed".
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

results=artifacts/test-results
passed=0
failed=0

say() { printf '\n== %s\n' "$*"; }

# How long the slowest tests took, as far as there are results.
print_slowest() {
  local log preset
  say "The ten slowest tests"
  {
    find "$results" -name 'managed-*.trx' -exec awk -f tests/slowest.awk {} +
    for preset in sanitize aarch64; do
      log=$results/native-$preset.log
      [ ! -f "$log" ] || awk -v preset="$preset" '/ Test +#.* sec *$/ { printf "%8.1f s  %s (%s)\n", $(NF - 1), $4, preset }' "$log"
    done
  } | sort -rn | head -10
}

# The closing line is printed whatever happens: a step that cannot run counts as one failure.
finish() {
  print_slowest
  printf '\n%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ]
  exit
}

stop() {
  say "$*"
  failed=$((failed + 1))
  finish
}

# Prints the Debian packages among these that are not installed.
missing_of() {
  local package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
  done
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# Installs packages, all or none of them.
install() {
  [ $# -eq 0 ] && return
  say "Installing $*"
  if ! command -v apt-get >/dev/null; then
    echo "This is no Debian or Ubuntu: please install the equivalents of $*; the tests that need them may fail or be skipped."
    return
  fi
  if ! { as_root apt-get update -qq &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends --no-remove "$@"; } >/dev/null; then
    echo "Not installed: $*; the tests that need them may fail or be skipped."
  fi
}

install_missing() {
  local missing=() emulation=() compiler=() browser=()
  command -v cmake >/dev/null || missing+=(cmake)
  command -v cc >/dev/null || missing+=(gcc libc6-dev)
  command -v make >/dev/null || missing+=(make)
  if command -v dpkg-query >/dev/null; then
    mapfile -t -O "${#missing[@]}" missing < <(missing_of ocl-icd-libopencl1 pocl-opencl-icd)
    mapfile -t compiler < <(missing_of libclc-15)
    if [ "$(uname -m)" = x86_64 ]; then
      mapfile -t emulation < <(missing_of gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user)
    fi
  fi
  command -v chromium >/dev/null || browser=(chromium)
  install "${missing[@]}"
  install "${emulation[@]}"
  install "${compiler[@]}"
  install "${browser[@]}"
}

# An OpenCL driver of Debian's that is tried by itself, with what it needs and is not installed, into a folder: unpacked, since
# every process would find an installed one.
unpack_driver() {
  local package=$1 folder=$2 needed=() packages=()
  [ ! -d "$folder" ] || return 0
  command -v apt-cache >/dev/null || return 0
  apt-cache show "$package" >/dev/null 2>&1 || as_root apt-get update -qq >/dev/null
  mapfile -t needed < <(apt-cache depends --recurse --no-pre-depends --no-recommends --no-suggests --no-conflicts --no-breaks \
    --no-replaces --no-enhances "$package" 2>/dev/null | grep -E '^[a-z]' | sort -u)
  mapfile -t packages < <(missing_of "${needed[@]}")
  mkdir -p "$folder.new/packages"
  if (cd "$folder.new/packages" && apt-get download -qq "${packages[@]}" >/dev/null 2>&1) &&
    find "$folder.new/packages" -name '*.deb' -print0 | xargs -0 -I '{}' dpkg-deb -x '{}' "$folder.new"; then
    mv "$folder.new" "$folder"
  else
    rm -rf "$folder.new"
    echo "Not unpacked: $package; the tests that need it are skipped."
  fi
}

# The C library's tests as a preset of CMakePresets.json builds and runs them.
test_native() {
  local preset=$1 log=$results/native-$1.log
  { cmake --preset "$preset" && cmake --build --preset "$preset" --parallel; } >"$log" 2>&1 ||
    { cat "$log"; stop "The C library's tests do not build ($preset)."; }
  ctest --preset "$preset" --parallel "$(nproc)" 2>&1 | tee "$log"
  local total bad
  bad=$(sed -nE 's/.*tests passed, ([0-9]+) tests failed out of [0-9]+.*/\1/p' "$log")
  total=$(sed -nE 's/.*tests failed out of ([0-9]+).*/\1/p' "$log")
  [ -n "$total" ] || stop "The C library's tests did not run ($preset)."
  passed=$((passed + total - bad))
  failed=$((failed + bad))
  grep -h '^Skipped: ' "artifacts/native/$preset/Testing/Temporary/LastTest.log" | sort | uniq -c
}

test_emulated() {
  say "The C library's own tests for 64-bit ARM, emulated"
  local tool
  for tool in aarch64-linux-gnu-gcc qemu-aarch64; do
    if ! command -v "$tool" >/dev/null; then
      echo "Skipped: $tool is not installed (Debian: gcc-aarch64-linux-gnu, libc6-dev-arm64-cross, qemu-user)."
      return
    fi
  done
  test_native aarch64
}

# What a script of tools/ prints is what was committed, formatting apart.
test_generated() {
  say "Generated sources"
  local script=tools/winograd-points/generate.py file
  if ! command -v python3 >/dev/null; then
    echo "Skipped: python3 is not installed."
    return
  fi
  for file in src/Native/winograd/winograd_points.h kernels/winograd_points.cl src/Managed/Convoy/Backends/Winograd/WinogradPoints.cs; do
    if [ "$(python3 "$script" "${file##*.}" | tr -d '[:space:]')" = "$(tr -d '[:space:]' <"$file")" ]; then
      passed=$((passed + 1))
    else
      echo "$file is not what '$script ${file##*.}' prints: run it again, then the formatter of the language."
      failed=$((failed + 1))
    fi
  done
}

counter() { sed -nE "s/.*<Counters .*[^a-zA-Z]$1=\"([0-9]+)\".*/\1/p" "$2" | head -1; }

# Runs the managed tests that a filter leaves, and keeps what they print. Of more tests than the limit, NUnit's adapter would
# run all and report those that were asked for.
run_managed() {
  dotnet test --no-build -c Release tests/Convoy.Tests --filter "$2" --results-directory "$results" \
    --logger "trx;LogFileName=managed-$1.trx" --logger "console;verbosity=minimal" \
    -- NUnit.AssemblySelectLimit=1000000 >"$results/managed-$1.log" 2>&1
}

test_managed() {
  say "Building the solution"
  dotnet build -c Release Interop.sln || stop "The solution does not build."

  # In two processes at once, halves of about the same length.
  say "The managed tests"
  local part status=0 bad=0 parts=(computing others) processes=() computing=() others=() room
  for room in Backends Runtime OpenCL; do
    computing+=("FullyQualifiedName~Convoy.Tests.$room.")
    others+=("FullyQualifiedName!~Convoy.Tests.$room.")
  done
  run_managed computing "$(IFS='|' && echo "${computing[*]}")" &
  processes+=($!)
  run_managed others "$(IFS='&' && echo "${others[*]}")" &
  processes+=($!)
  for part in 0 1; do
    wait "${processes[part]}" || status=$?
    cat "$results/managed-${parts[part]}.log"
  done

  for part in "${parts[@]}"; do
    local trx=$results/managed-$part.trx
    [ -f "$trx" ] || stop "The managed tests ($part) did not run to their end."
    passed=$((passed + $(counter passed "$trx")))
    bad=$((bad + $(counter failed "$trx")))
  done
  failed=$((failed + bad))

  # What was not tested is said aloud, each reason once.
  local reasons=$results/skipped.txt
  awk -f tests/skip-reasons.awk "$results"/managed-*.trx >"$reasons" || stop "The reasons of skipped tests cannot be read from $results."
  say "$(wc -l <"$reasons") managed tests skipped"
  sort "$reasons" | uniq -c | sort -rn

  # A run that ends before its time, or in a leak found at the very end, fails without a failed test.
  if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
    stop "The managed tests ended with exit code $status."
  fi
}

rm -rf "$results"
mkdir -p "$results"
trap 'jobs -p | xargs -r kill' EXIT
command -v dotnet >/dev/null || stop "The .NET 10 SDK is needed: https://dotnet.microsoft.com/download"
install_missing
unpack_driver oclgrind artifacts/drivers
unpack_driver mesa-opencl-icd artifacts/drivers-mesa
say "The C library's own tests, under sanitizers"
test_native sanitize
test_emulated
test_generated
test_managed
finish
