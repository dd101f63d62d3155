#!/usr/bin/env bash
# Makes, uses and disposes of sessions of both networks on every device for some minutes (60 where none are given), and prints
# a line a minute: what the process holds when no session is there. It fails when resident memory grows by more than a
# hundredth after warm-up, when a handle is left open, or when an image scores other bits than before.
#
#   bash tests/soak.sh [MINUTES [DEVICE,...]]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

dotnet build -c Release tests/Convoy.Tests -v quiet -nologo -clp:NoSummary
# What is measured and kept on the way stays apart from the user's own.
CONVOY_CACHE=$(mktemp -d)
export CONVOY_CACHE
trap 'rm -rf "$CONVOY_CACHE"' EXIT
dotnet exec artifacts/bin/Convoy.Tests/release/Convoy.Tests.dll soak "${1:-60}" ${2:+"$2"}
