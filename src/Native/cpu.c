/*
 * CPU detection, once a process: CPUID says what the processor can do, XGETBV what the operating system saves on a
 * context switch (Intel SDM volume 1, sections 14.3 and 15.2). AArch64 always has Advanced SIMD.
 */
#include "cpu.h"

#include "convoy.h"

#include <stdatomic.h>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

enum { FOUND_AVX2 = 1, FOUND_AVX512 = 2, FOUND_NEON = 4, DETECTED = 8 };

#if defined(__x86_64__) || defined(__i386__)

/* Register state the operating system keeps: bits of XCR0. */
enum { XCR0_AVX = 0x06, XCR0_AVX512 = 0xe6 };

static unsigned long long saved_state(void) {
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (unsigned long long)high << 32 | low;
}

static unsigned detect(void) {
    unsigned eax, ebx, ecx, edx;
    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx)) {
        return DETECTED;
    }
    const unsigned needed = bit_FMA | bit_OSXSAVE | bit_AVX | bit_F16C;
    if ((ecx & needed) != needed || !__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) {
        return DETECTED;
    }
    const unsigned long long saved = saved_state();
    unsigned found = DETECTED;
    if ((ebx & bit_AVX2) != 0 && (saved & XCR0_AVX) == XCR0_AVX) {
        found |= FOUND_AVX2;
    }
    const unsigned avx512 = bit_AVX512F | bit_AVX512VL | bit_AVX512BW | bit_AVX512DQ;
    if ((ebx & avx512) == avx512 && (saved & XCR0_AVX512) == XCR0_AVX512) {
        found |= FOUND_AVX512;
    }
    return found;
}

#elif defined(__aarch64__)

static unsigned detect(void) {
    return DETECTED | FOUND_NEON;
}

#else

static unsigned detect(void) {
    return DETECTED;
}

#endif

/* Two threads that race here both store the same answer. */
static unsigned detected(void) {
    static _Atomic unsigned cached;
    unsigned found = atomic_load_explicit(&cached, memory_order_relaxed);
    if (found == 0) {
        found = detect();
        atomic_store_explicit(&cached, found, memory_order_relaxed);
    }
    return found;
}

const convoy_kernels *convoy_kernels_of(int32_t isa) {
    const unsigned found = detected();
    (void)found; /* a build for another processor has the scalar kernels alone */
    switch (isa) {
    case CONVOY_ISA_SCALAR:
        return convoy_kernels_scalar();
#if defined(CONVOY_WITH_AVX2)
    case CONVOY_ISA_AVX2:
        return (found & FOUND_AVX2) != 0 ? convoy_kernels_avx2() : NULL;
#endif
#if defined(CONVOY_WITH_AVX512)
    case CONVOY_ISA_AVX512:
        return (found & FOUND_AVX512) != 0 ? convoy_kernels_avx512() : NULL;
#endif
#if defined(CONVOY_WITH_NEON)
    case CONVOY_ISA_NEON:
        return (found & FOUND_NEON) != 0 ? convoy_kernels_neon() : NULL;
#endif
    default:
        return NULL;
    }
}

int32_t convoy_isa_supported(int32_t isa) {
    return convoy_kernels_of(isa) != NULL;
}

int32_t convoy_best_isa(void) {
    static const int32_t best_first[] = {CONVOY_ISA_AVX512, CONVOY_ISA_AVX2, CONVOY_ISA_NEON};
    for (size_t i = 0; i < sizeof best_first / sizeof best_first[0]; i++) {
        if (convoy_isa_supported(best_first[i])) {
            return best_first[i];
        }
    }
    return CONVOY_ISA_SCALAR;
}
