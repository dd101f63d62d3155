#!/usr/bin/env bash
# Draws the README's pictures, docs/pictures/*.svg, from runs on this machine, which should do nothing else meanwhile: a profile of
# AlexNet, and both networks side by side with ONNX Runtime. Needs Chromium (Debian: apt-get install chromium).
#
#   bash tools/pictures/draw.sh [SECONDS]
#
# SECONDS (6) is how long each comparison takes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

seconds=${1:-6}
work=artifacts/pictures
mkdir -p "$work"

run() { dotnet run -c Release --project "$@"; }

run src/Managed/Convoy.Cli -- profile alexnet --device native --batch 64 --runs 20 --html "$work/profile.html" --force
run bench/Convoy.Bench -- peers --model alexnet,lenet5 --batch 1,64 --seconds "$seconds" --json "$work/peers.json"
run tools/pictures -- "$work/profile.html" "$work/peers.json" docs/pictures
