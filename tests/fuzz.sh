#!/usr/bin/env bash
# Tries random cases for some minutes: changed files on every reader, random arguments, patterns, and networks on every device.
#
#   bash tests/fuzz.sh [MINUTES] [--seed N] [--loop NAME]     10 minutes unless told otherwise, from a random seed
#   bash tests/fuzz.sh --cases 100000 [--seed N] [--loop NAME]   so many for each reader of files, as every night
#   bash tests/fuzz.sh --replay LOOP:SEED                     one case again
#
# Cases that fail lie in artifacts/fuzz. The last line is "N cases, N failed".
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  sed -n '2,8s/^# \{0,1\}//p' tests/fuzz.sh >&2
  exit 2
}

minutes=10
cases=
seed=$((RANDOM << 15 | RANDOM))
loop=
replay=
while [ $# -gt 0 ]; do
  case "$1" in
    --seed | --loop | --replay | --cases)
      [ $# -ge 2 ] || usage
      ;;&
    --seed) seed=$2 && shift ;;
    --cases) cases=$2 && shift ;;
    --loop) loop=$2 && shift ;;
    --replay) loop=${2%%:*} replay=${2##*:} && shift ;;
    *)
      [[ $1 =~ ^[0-9]+([.][0-9]+)?$ ]] || usage
      minutes=$1
      ;;
  esac
  shift
done
[[ $seed =~ ^[0-9]+$ && $replay =~ ^[0-9]*$ && $cases =~ ^[0-9]*$ ]] || usage

filter="TestCategory=Fuzz"
[ -z "$cases" ] || filter="TestCategory=Reader"
[ -z "$loop" ] || filter="$filter&FullyQualifiedName~.$loop."
if [ -n "$replay" ]; then
  filter="$filter&Name=No_random_case_fails"
  echo "Case $replay of $loop"
elif [ -n "$cases" ]; then
  echo "Seed $seed, $cases cases for each reader"
else
  echo "Seed $seed, $minutes minutes"
fi

folder=artifacts/fuzz
rm -rf "$folder"
mkdir -p "$folder"
dotnet build -c Release tests/Convoy.Tests -v q -nologo -clp:NoSummary || exit 1

export CONVOY_FUZZ_SEED=$seed CONVOY_FUZZ_LOOP=$loop CONVOY_FUZZ_REPLAY=$replay CONVOY_FUZZ_CASES=$cases
CONVOY_FUZZ_SECONDS=$(awk "BEGIN { print 60 * $minutes }")
export CONVOY_FUZZ_SECONDS
dotnet test --no-build -c Release tests/Convoy.Tests --filter "$filter" --logger "console;verbosity=minimal"
status=$?

# A case that takes the process down with it has left its seed behind.
for running in "$folder"/*.running; do
  [ -e "$running" ] || continue
  name=$(basename "$running" .running)
  echo "$name ended the process: bash tests/fuzz.sh --replay $name:$(tr -d ' ' <"$running")"
  echo "$name $seed 1 1 0" >>"$folder/loops.txt"
done

touch "$folder/loops.txt"
awk '{ printf "%-24s seed %-11s %9d cases %5d failed %8.1f s\n", $1, $2, $3, $4, $5 }' "$folder/loops.txt"
failed=$(awk '{ failed += $4 } END { print failed + 0 }' "$folder/loops.txt")
# What fails beside random cases: one that was kept, or a kind of layer that is never drawn.
[ "$status" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
awk -v failed="$failed" '{ cases += $3 } END { printf "\n%d cases, %d failed\n", cases, failed }' "$folder/loops.txt"
[ "$failed" -eq 0 ] && [ "$status" -eq 0 ]
