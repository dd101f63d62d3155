/* Which instruction sets this CPU and its operating system offer. */
#ifndef CONVOY_CPU_H
#define CONVOY_CPU_H

#include "kernels/kernels.h"

/* The micro-kernels of an instruction set; NULL where it was not built or the CPU lacks it. AUTO is no set. */
const convoy_kernels *convoy_kernels_of(int32_t isa);

#endif
