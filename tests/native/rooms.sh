#!/bin/sh
# Holds the C library's folders, its rooms, to an order: a file uses its own room and those before it, no files call each
# other in a circle, and no two headers share a name. What a file calls is read from the symbols of its object file.
#
#     rooms.sh NM SOURCES OBJECT...
set -eu
nm=$1
sources=$2
shift 2

order="core isa activation plan gemm measure passes dense winograd depthwise convolution chain abi"

# Lines "define FILE SYMBOL", "call FILE SYMBOL" and "include FILE FILE"; a file is named by its path below the sources.
symbols() {
  for object in "$@"; do
    file=${object#*convoy_native.dir/}
    file=${file%.o*}
    "$nm" -P "$object" | awk -v file="$file" '$2 == "U" { print "call", file, $1 } $2 ~ /^[TDRBC]$/ { print "define", file, $1 }'
  done
}

includes() {
  (cd "$sources" && find . -mindepth 2 -name '*.[ch]' | sed 's,^\./,,' | sort | while read -r file; do
    sed -n 's,^#include "\(.*/.*\)",include '"$file"' \1,p' "$file"
  done)
}

headers_that_share_a_name() {
  find "$sources" -name '*.h' | sed 's,.*/,,' | sort | uniq -d | sed 's/^/Two headers are called /'
}

# Follows what each file uses, depth first: a file met again on the way closes a circle.
faults() {
  awk -v order="$order" '
    function room_of(file) { sub(/\/.*/, "", file); return file }
    function use(kind, from, to, what) {
      if (from == to || (kind, from, to) in seen) return
      seen[kind, from, to] = 1
      used[kind, from, ++count[kind, from]] = to
      files[from] = 1
      # The one exception: the table of micro-kernels gathers those of all rooms.
      if (rank[room_of(to)] > rank[room_of(from)] && from != "isa/micro_kernels.h")
        print from " " what " " to ", of a later room"
    }
    function visit(kind, file, path,   i) {
      if (state[kind, file] == "done") return
      if (state[kind, file] == "open") { print "A circle of " kind "s: " path; return }
      state[kind, file] = "open"
      for (i = 1; i <= count[kind, file]; i++) visit(kind, used[kind, file, i], path " -> " used[kind, file, i])
      state[kind, file] = "done"
    }
    BEGIN { rooms = split(order, room, " "); for (i = 1; i <= rooms; i++) rank[room[i]] = i }
    { known[room_of($2)] = 1 }
    $1 == "define" { owner[$3] = $2; defined++ }
    $1 == "call" { caller[++calls] = $2; called[calls] = $3 }
    $1 == "include" { use("include", $2, $3, "includes"); included++ }
    END {
      for (i = 1; i <= calls; i++)
        if (called[i] in owner) { use("call", caller[i], owner[called[i]], "uses " called[i] " of"); crossing++ }
      for (name in known) if (!(name in rank)) print "The room " name " has no place in the order"
      for (file in files) { visit("call", file, file); visit("include", file, file) }
      if (defined < 50 || crossing < 50 || included < 50) print "Hardly any symbols or includes were found"
    }'
}

found=$({ headers_that_share_a_name; { symbols "$@"; includes; } | faults; })
[ -z "$found" ] || {
  echo "$found"
  exit 1
}
