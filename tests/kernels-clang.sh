#!/usr/bin/env bash
# Compiles every form of the kernels with clang for three targets, warnings as errors, and holds the code for GPUs against the
# table in kernels/README.md: registers, local memory, and private arrays, which must not leave the registers.
#
#   bash tests/kernels-clang.sh                     writes the table
#   bash tests/kernels-clang.sh --check [FOLDER]    fails where the table is not what the code gives
#
# FOLDER has the forms as a test wrote them (KernelFormsTests), a moment ago; without it that test runs first. Needs clang 15
# and libclc, OpenCL's functions for these targets (Debian: clang-15, which PoCL needs too, and libclc-15). Ends with 77 where
# they are not there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readme=kernels/README.md
begin='<!-- Made by tests/kernels-clang.sh: begin -->'
end='<!-- Made by tests/kernels-clang.sh: end -->'
# Registers depend on the compiler, so the table is one version's.
version=15.0
library=/usr/lib/clc
# Bytes of scratch on gfx900 that are no array's, and why: with tanh, direct_convolution's tile is too long to be inlined, and as
# a function saves a register of its caller's.
allowed='direct_convolution=8'
export clang=clang-15
export amd="-target amdgcn-- -mcpu=gfx900 -nogpulib -Xclang -mlink-builtin-bitcode -Xclang $library/gfx900-amdgcn--.bc"
export nvidia="-target nvptx64--nvidiacl -Xclang -mlink-builtin-bitcode -Xclang $library/nvptx64--nvidiacl.bc"

# One form for all targets, until one complains.
# shellcheck disable=SC2086
compile_for_all() {
  local standard target
  for standard in CL1.2 CL3.0; do
    for target in spir64 'amdgcn -mcpu=gfx900 -nogpulib' nvptx64; do
      # Code for a GPU is made below, which says all that its syntax would.
      [[ $form == gpu* && $standard == CL1.2 && $target != spir64 ]] ||
        "$clang" -target $target -x cl "-cl-std=$standard" "${flags[@]}" -Wall -Werror -fsyntax-only "$file" || return
    done
  done
  # A core's tile lies in its cache, so its code says nothing of a GPU's registers.
  if [[ $form == gpu* ]]; then
    "$clang" $amd -x cl -cl-std=CL1.2 "${flags[@]}" -Wall -Werror -O3 -fverbose-asm -S "$file" -o "$number.amd.s" &&
      "$clang" $nvidia -x cl -cl-std=CL1.2 "${flags[@]}" -Wall -Werror -O3 -fverbose-asm -S "$file" -o "$number.nvidia.s"
  fi
}

# Compiles a form, the line of forms.tsv with this number, and leaves the code beside it, and in its log what clang says first.
compile() {
  local folder=$1 number=$2 form file options
  IFS=$'\t' read -r form file options < <(sed -n "${number}p" "$folder/forms.tsv")
  # Paths are short in what clang says, so that messages are those of the file in kernels/.
  cd "$folder"
  local -a flags
  read -ra flags <<<"$options"
  compile_for_all >"$number.log" 2>&1 || true
  [ ! -s "$number.log" ] || sed -i "1i $form: $file $options" "$number.log"
}
export -f compile compile_for_all

# Prints what each kernel of a form takes: form, kernel, its numbers, file and options.
measure() {
  local folder=$1 number form file options
  number=0
  while IFS=$'\t' read -r form file options; do
    number=$((number + 1))
    if [[ $form == gpu* ]]; then
      awk -v form="$form" -v file="$file" -v options="$options" -f tests/kernels-clang.awk "$folder/$number.amd.s" "$folder/$number.nvidia.s"
    fi
  done <"$folder/forms.tsv"
}

# The table: the most that any form of a kernel takes.
tabulate() {
  echo "| Kernel | Forms | gfx900: vector registers | scalar registers | scratch bytes | local memory bytes | PTX: registers before allocation | private bytes |"
  echo "|---|---|---|---|---|---|---|---|"
  awk -F'\t' '
    { forms[$2]++; for (i = 3; i <= 8; i++) if ($i > most[$2, i]) most[$2, i] = $i }
    END {
      for (kernel in forms) {
        printf "| `%s` | %d |", kernel, forms[kernel]
        for (i = 3; i <= 8; i++) printf " %d |", most[kernel, i]
        print ""
      }
    }' "$1" | LC_ALL=C sort
}

check=false
if [ "${1:-}" = --check ]; then
  check=true
  shift
fi
for needed in "$(command -v "$clang" || echo "$clang")" "$library/gfx900-amdgcn--.bc" "$library/nvptx64--nvidiacl.bc"; do
  if [ ! -e "$needed" ]; then
    echo "Skipped: $needed is not installed (Debian: clang-15, libclc-15)."
    exit 77
  fi
done

folder=${1:-$PWD/artifacts/kernel-forms}
if [ $# -eq 0 ]; then
  rm -rf "$folder"
  dotnet test -c Release tests/Convoy.Tests --nologo --verbosity quiet --filter "FullyQualifiedName=Convoy.Tests.OpenCL.KernelFormsTests.Writes_the_forms"
fi
if [ ! -s "$folder/forms.tsv" ]; then
  echo "There are no forms in $folder: the test that writes them needs an OpenCL device (Debian: pocl-opencl-icd)."
  exit 1
fi

forms=$(wc -l <"$folder/forms.tsv")
seq "$forms" | xargs -P "$(nproc)" -I{} bash -c 'compile "$0" "$1"' "$folder" {}
if cat "$folder"/*.log | grep .; then
  echo "The kernels do not compile cleanly."
  exit 1
fi

measure "$folder" >"$folder/kernels.tsv"
if awk -F'\t' -v allowed="$allowed" '$5 > 0 && allowed != $2 "=" $5 || $8 > 0 { print "Private memory: " $2 " takes " $5 " bytes of scratch (gfx900), " $8 " (PTX) as " $9 " " $10; bad = 1 } END { exit !bad }' "$folder/kernels.tsv"; then
  echo "Private arrays of these kernels are not in registers: index them by what the compiler knows."
  exit 1
fi

tabulate "$folder/kernels.tsv" >"$folder/table.md"
echo "$forms forms compile cleanly; no private array of a GPU's leaves the registers."
found=$("$clang" -dumpversion)
if [ "${found%.*}" != "$version" ]; then
  echo "The table is of clang $version: clang $found may count otherwise, and the table is left alone."
  exit
fi

awk -v begin="$begin" -v end="$end" -v table="$folder/table.md" '
  $0 == begin { print; print ""; while ((getline line < table) > 0) print line; print ""; inside = 1 }
  $0 == end { inside = 0 }
  !inside { if ($0 != begin) print }' "$readme" >"$folder/README.md"
if $check; then
  if ! diff -u "$readme" "$folder/README.md"; then
    echo "The table in $readme is not what the code gives: run 'bash tests/kernels-clang.sh'."
    exit 1
  fi
else
  cp "$folder/README.md" "$readme"
fi
