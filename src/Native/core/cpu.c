/*
 * CPU detection, once a process: CPUID says what the processor can do, XGETBV what the operating system saves on a
 * context switch (Intel SDM volume 1, sections 14.3 and 15.2). AArch64 always has Advanced SIMD.
 */
#include "core/cpu.h"

#include <stdatomic.h>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

/* Set once the features have been looked up, whichever there are. */
enum { DETECTED = 1 << 8 };

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
        found |= CONVOY_CPU_AVX2;
    }
    const unsigned avx512 = bit_AVX512F | bit_AVX512VL | bit_AVX512BW | bit_AVX512DQ;
    if ((ebx & avx512) == avx512 && (saved & XCR0_AVX512) == XCR0_AVX512) {
        found |= CONVOY_CPU_AVX512;
    }
    return found;
}

#elif defined(__aarch64__)

static unsigned detect(void) {
    return DETECTED | CONVOY_CPU_NEON;
}

#else

static unsigned detect(void) {
    return DETECTED;
}

#endif

/* Two threads that race here both store the same value. */
static unsigned detected(void) {
    static _Atomic unsigned cached;
    unsigned found = atomic_load_explicit(&cached, memory_order_relaxed);
    if (found == 0) {
        found = detect();
        atomic_store_explicit(&cached, found, memory_order_relaxed);
    }
    return found;
}

bool convoy_cpu_has(unsigned features) {
    return (detected() & features) == features;
}
