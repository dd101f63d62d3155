#!/usr/bin/env bash
# Makes, uses and disposes of sessions of both networks on every device for some minutes (60 where none are given), and prints
# a line a minute: what the process holds when no session is there. It fails when resident memory grows by more than a
# hundredth after warm-up, when a handle is left open, or when an image scores other bits than before.
#
# Two things grow for a while and are no leak, so they are over before the first round. PoCL compiles some kernels anew for each
# number of images and keeps them loaded: every case computes every number first. The runtime compiles again what is called
# often: here it compiles once.
#
#   bash tests/soak.sh [MINUTES [DEVICE,...]]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

dotnet build -c Release tests/Convoy.Tests -v quiet -nologo -clp:NoSummary
# What is measured and kept on the way stays apart from the user's own. PoCL's folder starts empty: a kernel found there would
# save it from loading the compiler's pages, until a round meets one that is not there, and memory jumps by 10 MB and more.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export CONVOY_CACHE=$folder/convoy POCL_CACHE_DIR=$folder/pocl
mkdir -m 700 "$CONVOY_CACHE" "$POCL_CACHE_DIR"
export DOTNET_TieredCompilation=0
dotnet exec artifacts/bin/Convoy.Tests/release/Convoy.Tests.dll soak "${1:-60}" ${2:+"$2"}
