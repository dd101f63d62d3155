# What the kernels of a file take, out of the assembly for an AMD GPU and then for an NVIDIA one (tests/kernels-clang.sh): a
# line each of form, kernel, vector and scalar registers, bytes of scratch and of local memory, 32-bit registers of PTX and
# private bytes there, file and options. PTX has as many registers as there are values: only the driver allocates real ones.
/ -- Begin function / { name = $NF }
/^; Kernel info:/ { kernels[++count] = name; is_kernel = 1 }
/^; Function info:/ { is_kernel = 0 }
/^; (NumVgprs|NumSgprs|ScratchSize|LDSByteSize): / && is_kernel { taken[name, substr($2, 1, length($2) - 1)] = $3 }

/^\t\.reg \.[a-z]+[0-9]+/ {
  bits = substr($2, 3)
  split($3, parts, /[<>]/)
  taken[name, "registers"] += (parts[2] - 1) * (bits == 64 ? 2 : 1)
}
/\.local .*__local_depot/ { match($0, /\[[0-9]+\]/); private[name] += substr($0, RSTART + 1, RLENGTH - 2) }

END {
  # What a function takes that is not a kernel, is taken by kernels that call it.
  for (name in private) {
    if (!((name, "NumVgprs") in taken)) {
      kernels[++count] = name
    }
  }
  for (i = 1; i <= count; i++) {
    name = kernels[i]
    print form "\t" name "\t" taken[name, "NumVgprs"] + 0 "\t" taken[name, "NumSgprs"] + 0 "\t" taken[name, "ScratchSize"] + 0 "\t" taken[name, "LDSByteSize"] + 0 "\t" taken[name, "registers"] + 0 "\t" private[name] + 0 "\t" file "\t" options
  }
}
