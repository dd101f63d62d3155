#!/usr/bin/env bash
# Whether `convoy profile --compare` finds a layer that was made slower: builds Convoy a second time, in a copy, with a layer whose
# every piece of work takes a tenth longer, and profiles both by turns.
#
#     bash bench/slowed.sh [LAYER] [ROUNDS]        conv3, 3
set -euo pipefail
cd "$(dirname "$0")/.."
layer=${1:-conv3}
rounds=${2:-3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What git has, as it is here.
git ls-files -z | xargs -0 cp --parents -t "$work"
operator=$work/src/Managed/Convoy/Backends/Native/NativeOperator.cs
sed -i \
  -e 's/^\( *\)NativeStatus status = NativeMethods.Run(_plan, arguments, _phase, first, end);/\1long begin = PhaseTimer.Now;\n&\n\1for (long now = PhaseTimer.Now, until = now + ((now - begin) \/ 10); _step == "'"$layer"'" \&\& PhaseTimer.Now < until;) { }/' \
  "$operator"
! cmp -s "$operator" src/Managed/Convoy/Backends/Native/NativeOperator.cs ||
  { echo "slowed.sh: NativeOperator.Execute does not look as expected; mend the pattern in this script." >&2; exit 1; }

build() { dotnet build -c Release "$1" -v q -nologo -clp:NoSummary -p:RunAnalyzers=false; }
build src/Managed/Convoy.Cli
build bench/Convoy.Bench
build "$work/src/Managed/Convoy.Cli"
dotnet artifacts/bin/Convoy.Bench/release/Convoy.Bench.dll trials profile --layer "$layer" --rounds "$rounds" \
  --slowed "$work/artifacts/bin/Convoy.Cli/release/Convoy.Cli.dll"
