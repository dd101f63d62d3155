/* The instruction sets: which this build has, which this CPU runs, and the micro-kernels of each. */
#ifndef CONVOY_ISA_H
#define CONVOY_ISA_H

#include "isa/kernels.h"

#include <stdbool.h>

/* AUTO, or one of the sets. */
bool convoy_is_isa(int32_t isa);

/* The micro-kernels of an instruction set; NULL where it was not built or the CPU lacks it. AUTO is no set. */
const convoy_kernels *convoy_kernels_of(int32_t isa);

#endif
