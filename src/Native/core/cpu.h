/* What this CPU and its operating system offer beyond what every build may use. */
#ifndef CONVOY_CPU_H
#define CONVOY_CPU_H

#include <stdbool.h>

/* Features, to be combined. */
enum {
    CONVOY_CPU_ANY = 0,
    CONVOY_CPU_AVX2 = 1,   /* with FMA and F16C */
    CONVOY_CPU_AVX512 = 2, /* F, VL, BW and DQ, with what AVX2 has */
    CONVOY_CPU_NEON = 4
};

bool convoy_cpu_has(unsigned features);

#endif
