#!/usr/bin/env bash
# Runs the kernels, in a core's form and a GPU's, on Oclgrind, which simulates a device and looks at every access: fails on a
# wrong number, a data race, an access out of bounds, a barrier that not all work-items reach, or a misused call of OpenCL's.
#
#   bash tests/oclgrind.sh              each kernel once or twice, in half a minute
#   bash tests/oclgrind.sh thorough     every case of the tests in every form, in an hour
#
# Needs the tests built, and Oclgrind unpacked into artifacts/drivers as tests/run.sh does: an installed one would be a device of
# every process. Ends with 77 where it is not there. Uninitialised reads are not looked for: that part of Oclgrind 21.10 stops
# at an instruction of LLVM's ("freeze"), and without optimisation reports what was written.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

libraries=$PWD/artifacts/drivers/usr/lib
driver=$libraries/oclgrind/liboclgrind-rt-icd.so
if [ ! -f "$driver" ]; then
  echo "Skipped: Oclgrind is not there (tests/run.sh unpacks Debian's into artifacts/drivers)."
  exit 77
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/vendors"
echo "$driver" >"$folder/vendors/oclgrind.icd"
export OCL_ICD_VENDORS=$folder/vendors CONVOY_CACHE=$folder/cache OCLGRIND_DATA_RACES=1 OCLGRIND_CHECK_API=1
LD_LIBRARY_PATH=$(echo "$libraries"/*-linux-gnu)
export LD_LIBRARY_PATH

status=0
dotnet exec artifacts/bin/Convoy.Tests/release/Convoy.Tests.dll opencl-cases "$@" 2>"$folder/reports" || status=1
if [ -s "$folder/reports" ]; then
  echo "Oclgrind reports:"
  head -n 100 "$folder/reports"
  status=1
fi
exit "$status"
