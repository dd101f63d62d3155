/*
 * What an instruction set can do at best, as work of a known amount: multiply-adds that never leave the registers, and
 * memory that is read and hardly looked at. The two roofs of the roofline model (Williams, Waterman and Patterson
 * 2009). What they add up shows that nothing was left out.
 */
#ifndef CONVOY_MEASURE_KERNEL_H
#define CONVOY_MEASURE_KERNEL_H

#include "gemm/gemm_kernel.h"
#include "isa/vector.h"
#include "measure/measure.h"

#include <assert.h>

/* As many independent chains as a register tile has vectors: enough to hide a multiply-add's latency, and they fit. */
enum { CHAINS = TILE_ROWS * PANEL_VECTORS };

/* Vectors that are added up side by side. */
enum { STREAMS = 8 };

static_assert(CONVOY_MEASURE_UNIT % (STREAMS * sizeof(vec)) == 0, "a unit of memory is read whole");

static uint32_t add_up(const vec_bits sum) {
    uint32_t total = 0;
    for (int lane = 0; lane < LANES; lane++) {
        total += sum[lane];
    }
    return total;
}

/* x = x * scale + step, so often; chain i begins with i. The compiler knows neither number, which are both 1. */
static uint32_t measure_multiply_adds(int64_t repeats, float scale, float step, uint64_t *operations) {
    const vec scales = splat(scale), steps = splat(step);
    vec x[CHAINS];
    UNROLL
    for (int i = 0; i < CHAINS; i++) {
        x[i] = splat((float)i);
    }
    for (int64_t r = 0; r < repeats; r++) {
        UNROLL
        for (int i = 0; i < CHAINS; i++) {
            x[i] = x[i] * scales + steps;
        }
    }
    vec_bits sum = {0};
    UNROLL
    for (int i = 0; i < CHAINS; i++) {
        sum += __builtin_convertvector(x[i], vec_bits);
    }
    *operations = 2 * (uint64_t)repeats * CHAINS * LANES;
    return add_up(sum);
}

/* x: aligned to CONVOY_ALIGNMENT; units: of CONVOY_MEASURE_UNIT bytes. */
static uint32_t measure_read(const void *x, int64_t units) {
    const vec_bits *const end = (const vec_bits *)x + units * (int64_t)(CONVOY_MEASURE_UNIT / sizeof(vec));
    vec_bits sums[STREAMS] = {0};
    for (const vec_bits *p = x; p < end; p += STREAMS) {
        UNROLL
        for (int i = 0; i < STREAMS; i++) {
            sums[i] += p[i];
        }
    }
    UNROLL
    for (int i = 1; i < STREAMS; i++) {
        sums[0] += sums[i];
    }
    return add_up(sums[0]);
}

#endif
