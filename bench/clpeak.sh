#!/usr/bin/env bash
# Holds what `convoy devices` measures of an OpenCL device against clpeak (Debian's package of that name):
#
#     bash bench/clpeak.sh [DEVICE]        opencl:0 where none is named
#
# clpeak's multiply-adds, which it writes as mad(), form one chain, each waiting for the one before. Where a core has nothing
# else to do meanwhile, that is not its peak but the latency of a multiply-add; so ours are measured a second time, with
# kernels that have one such chain too.
set -euo pipefail
cd "$(dirname "$0")/.."
device=${1:-opencl:0}
command -v clpeak >/dev/null || { echo "clpeak.sh: install clpeak first (apt-get install clpeak)." >&2; exit 1; }

dotnet build -c Release src/Managed/Convoy.Cli -v q -nologo -clp:NoSummary -p:RunAnalyzers=false
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -m 700 "$work/cache"
cp -r kernels "$work/kernels"
sed -i 's/^#define CHAINS .*/#define CHAINS 1/; s/= fma(/= mad(/' "$work/kernels/peaks.cl"

# Of several drivers clpeak is told which one by its platform's name, and measures all devices of it.
measure() { CONVOY_CACHE="$work/cache" dotnet artifacts/bin/Convoy.Cli/release/Convoy.Cli.dll devices --refresh --output csv | awk -F, -v device="$device" '
  function fields(line,   n, i, c, quoted) {
    n = 1; split("", field)
    for (i = 1; i <= length(line); i++) {
      c = substr(line, i, 1)
      if (c == "\"") quoted = !quoted
      else if (c == "," && !quoted) n++
      else field[n] = field[n] c
    }
    return n
  }
  NR == 1 { n = fields($0); for (i = 1; i <= n; i++) key[i] = field[i]; next }
  { fields($0) }
  field[1] == device { for (i = 1; i <= n; i++) print key[i] "=" field[i] }'; }
of() { sed -n "s/^$1=//p" "$2"; }

measure >"$work/ours"
CONVOY_KERNELS="$work/kernels" measure >"$work/chain"
clpeak >"$work/clpeak"
[ -s "$work/ours" ] || { echo "clpeak.sh: there is no device '$device'." >&2; exit 1; }

# The best of the vector widths of a section, the device's first where there are several.
best() { awk -v section="$1" 'index($0, section) { on = 1; next } on && NF == 0 { exit } on && $NF > best { best = $NF } END { print best }' "$work/clpeak"; }
line() { awk -v name="$1" 'index($0, name) { sub(/ us/, ""); print $NF; exit }' "$work/clpeak"; }
row() { awk -v what="$1" -v ours="$2" -v theirs="$3" 'BEGIN {
  if (ours != "" && theirs != "") printf "| %s | %.1f | %.1f | %.2f |\n", what, ours, theirs, ours / theirs }'; }

sed -n '/Device:/s/^ *//p;/Driver version/s/^ *//p' "$work/clpeak"
echo
echo "| $device | convoy | clpeak | ratio |"
echo "|:--|--:|--:|--:|"
row "fp32, GFLOP/s" "$(of gflops_per_second "$work/ours")" "$(best 'Single-precision compute')"
# CHAINS multiply-adds are counted, of which one is done.
chains=$(sed -n 's/^#define CHAINS \([0-9]*\).*/\1/p' kernels/peaks.cl)
row "fp32 in one chain of mad, GFLOP/s" "$(awk -v all="$(of gflops_per_second "$work/chain")" -v chains="$chains" 'BEGIN { if (all != "") print all / chains }')" "$(best 'Single-precision compute')"
row "fp16, GFLOP/s" "$(of half_gflops_per_second "$work/ours")" "$(best 'Half-precision compute')"
row "memory, GB/s" "$(of gbytes_per_second "$work/ours")" "$(best 'Global memory bandwidth')"
row "to the device, GB/s" "$(of upload_gbytes_per_second "$work/ours")" "$(line 'enqueueWriteBuffer non-blocking')"
row "from the device, GB/s" "$(of download_gbytes_per_second "$work/ours")" "$(line 'enqueueReadBuffer non-blocking')"
# Both are means of thousands of launches: ours to the end of a kernel that does nothing, clpeak's to the begin of one.
row "launch, us" "$(of launch_us "$work/ours")" "$(line 'Kernel launch latency')"
