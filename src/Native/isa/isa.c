#include "isa/isa.h"

#include "convoy.h"
#include "core/cpu.h"

#include <assert.h>

/* The build says with CONVOY_WITH_... which sets its compiler knows. */
#if defined(CONVOY_WITH_AVX2)
#define AVX2_KERNELS convoy_kernels_avx2
#else
#define AVX2_KERNELS NULL
#endif
#if defined(CONVOY_WITH_AVX512)
#define AVX512_KERNELS convoy_kernels_avx512
#else
#define AVX512_KERNELS NULL
#endif
#if defined(CONVOY_WITH_NEON)
#define NEON_KERNELS convoy_kernels_neon
#else
#define NEON_KERNELS NULL
#endif

typedef struct instruction_set {
    const char *name;
    unsigned cpu;                           /* features it needs */
    const convoy_kernels *(*kernels)(void); /* NULL: not built */
} instruction_set;

static const instruction_set sets[] = {
    [CONVOY_ISA_AUTO] = {"auto", CONVOY_CPU_ANY, NULL},
    [CONVOY_ISA_SCALAR] = {"scalar", CONVOY_CPU_ANY, convoy_kernels_scalar},
    [CONVOY_ISA_AVX2] = {"avx2", CONVOY_CPU_AVX2, AVX2_KERNELS},
    [CONVOY_ISA_AVX512] = {"avx512", CONVOY_CPU_AVX512, AVX512_KERNELS},
    [CONVOY_ISA_NEON] = {"neon", CONVOY_CPU_NEON, NEON_KERNELS},
};

enum { SETS = sizeof sets / sizeof sets[0] };

static_assert((int)SETS == CONVOY_ISA_COUNT, "an instruction set has no row");

bool convoy_is_isa(int32_t isa) {
    return isa >= 0 && isa < SETS;
}

const convoy_kernels *convoy_kernels_of(int32_t isa) {
    if (!convoy_is_isa(isa) || sets[isa].kernels == NULL || !convoy_cpu_has(sets[isa].cpu)) {
        return NULL;
    }
    return sets[isa].kernels();
}

int32_t convoy_isa_supported(int32_t isa) {
    return convoy_kernels_of(isa) != NULL;
}

const char *convoy_isa_name(int32_t isa) {
    return convoy_is_isa(isa) ? sets[isa].name : "unknown";
}

int32_t convoy_best_isa(void) {
    static const int32_t best_first[] = {CONVOY_ISA_AVX512, CONVOY_ISA_AVX2, CONVOY_ISA_NEON};
    static_assert(sizeof best_first / sizeof best_first[0] + 2 == CONVOY_ISA_COUNT, "all but auto and scalar");
    for (size_t i = 0; i < sizeof best_first / sizeof best_first[0]; i++) {
        if (convoy_isa_supported(best_first[i])) {
            return best_first[i];
        }
    }
    return CONVOY_ISA_SCALAR;
}
