/*
 * A Winograd convolution along rows at one point, of an image of one channel with its rows in the lanes (chain_rows.c).
 * Every result is one chain of multiply-adds from zero, in the order of the kernel's rows, as where images lie in the
 * lanes (convolve_kernel.h).
 */
#ifndef CONVOY_CONVOLVE_ROWS_KERNEL_H
#define CONVOY_CONVOLVE_ROWS_KERNEL_H

#include "chain/chain_job.h"
#include "isa/vector.h"

/* Channels whose weights stay in registers, of windows of so many rows, where rows are pooled by twos. Hardly any other
 * first convolution of one channel gains by tiles. */
enum { ROWS_CHANNELS = TILE_ROWS == 8 ? 2 : 1, ROWS_TAPS = 5, ROWS_PHASES = 2 };

/* The weights stay in registers for all tiles, and each row of the input for all windows it is in. */
ALWAYS_INLINE void convolve_some_rows(const convoy_rows_job *job, ptrdiff_t channel) {
    vec weights[ROWS_CHANNELS][ROWS_TAPS];
    UNROLL
    for (int c = 0; c < ROWS_CHANNELS; c++) {
        UNROLL
        for (int s = 0; s < ROWS_TAPS; s++) {
            weights[c][s] = splat(job->weights[s * job->weight_stride + channel + c]);
        }
    }
    for (ptrdiff_t tile = 0; tile < job->tiles; tile++) {
        const float *x = job->x + tile * job->x_tile;
        float *y = job->y + (tile * job->channels + channel) * job->count;
        for (ptrdiff_t i = 0; i < job->count; i += LANES) {
            vec rows[ROWS_TAPS + ROWS_PHASES - 1];
            UNROLL
            for (int r = 0; r < ROWS_TAPS + ROWS_PHASES - 1; r++) {
                rows[r] = load(x + r % ROWS_PHASES * job->x_phase + r / ROWS_PHASES + i);
            }
            UNROLL
            for (int c = 0; c < ROWS_CHANNELS; c++) {
                UNROLL
                for (int phase = 0; phase < ROWS_PHASES; phase++) {
                    vec sum = {0};
                    UNROLL
                    for (int s = 0; s < ROWS_TAPS; s++) {
                        sum += weights[c][s] * rows[phase + s];
                    }
                    store(y + phase * job->y_phase + c * job->count + i, sum);
                }
            }
        }
    }
}

/* One channel's, of any window and pooling. */
static void convolve_any_rows(const convoy_rows_job *job, ptrdiff_t channel) {
    for (ptrdiff_t phase = 0; phase < job->phases; phase++) {
        for (ptrdiff_t tile = 0; tile < job->tiles; tile++) {
            float *y = job->y + phase * job->y_phase + (tile * job->channels + channel) * job->count;
            for (ptrdiff_t i = 0; i < job->count; i += LANES) {
                const float *x = job->x + tile * job->x_tile + i;
                vec sum = {0};
                for (ptrdiff_t s = 0; s < job->taps; s++) {
                    const ptrdiff_t row = phase + s;
                    sum += job->weights[s * job->weight_stride + channel] *
                           load(x + row % job->phases * job->x_phase + row / job->phases);
                }
                store(y + i, sum);
            }
        }
    }
}

static void convolve_rows(const convoy_rows_job *job) {
    ptrdiff_t channel = 0;
    if (job->taps == ROWS_TAPS && job->phases == ROWS_PHASES) {
        for (; channel + ROWS_CHANNELS <= job->channels; channel += ROWS_CHANNELS) {
            convolve_some_rows(job, channel);
        }
    }
    for (; channel < job->channels; channel++) {
        convolve_any_rows(job, channel);
    }
}

#endif
