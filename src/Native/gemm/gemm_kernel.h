/*
 * The register-tiled GEMM every convolution and fully connected layer ends in (Goto and van de Geijn 2008, here with
 * the left operand read in place, through an indirection: each row has an offset, and all rows share those of the
 * contiguous runs).
 *
 * A register tile of TILE_ROWS rows by up to PANEL_VECTORS vectors of output channels is held over a block of the
 * reduction. There every output element is one chain of multiply-adds in the order of k, whatever its tile: tiles of
 * fewer rows are the same function, so results do not depend on how rows are divided into tiles.
 */
#ifndef CONVOY_GEMM_KERNEL_H
#define CONVOY_GEMM_KERNEL_H

#include "activation/activation_kernel.h"
#include "convoy.h"
#include "gemm/gemm_job.h"
#include "isa/kernels.h"

#include <assert.h>

/* Vectors of output channels in a tile: with TILE_ROWS chosen to match, what the registers hold. */
enum { PANEL_VECTORS = 2 };

/* Stores a finished vector of sums; count < LANES where the panel ends in the middle of a vector. */
ALWAYS_INLINE void finish(const convoy_gemm_job *job, float *y, const float *bias, vec sum, ptrdiff_t count) {
    const int whole = count >= LANES;
    if (!job->is_first) {
        sum = (whole ? load(y) : load_partial(y, count)) + sum;
    }
    if (job->is_last) {
        if (bias != NULL) {
            sum += whole ? load(bias) : load_partial(bias, count);
        }
        sum = apply_in_tile(job->activation.kind, sum);
    }
    if (whole) {
        store(y, sum);
    } else {
        store_partial(y, sum, count);
    }
}

ALWAYS_INLINE void finish_row(const convoy_gemm_job *job, ptrdiff_t row, const vec *sums, const int vectors) {
    UNROLL
    for (int v = 0; v < vectors; v++) {
        const float *bias = job->bias != NULL ? job->bias + v * LANES : NULL;
        finish(job, job->y + row * job->y_stride + v * LANES, bias, sums[v], job->channels - v * LANES);
    }
}

/* What a tile prefetches for the next job: its share of the lines. */
ALWAYS_INLINE uintptr_t prefetch_address(const convoy_gemm_job *job, ptrdiff_t first_row) {
    const ptrdiff_t line = job->prefetch_line + first_row / TILE_ROWS * job->depth;
    const ptrdiff_t behind = line - job->prefetch.first_lines;
    return behind < 0 ? job->prefetch.first + (uintptr_t)line * CONVOY_CACHE_LINE
                      : job->prefetch.second + (uintptr_t)behind * CONVOY_CACHE_LINE;
}

/* Vector number `index` of the weights. */
ALWAYS_INLINE vec load_weights(const void *weights, ptrdiff_t index, const int format) {
    switch (format) {
    case CONVOY_WEIGHT_FLOAT16:
        return load_float16((const uint16_t *)weights + index * LANES);
    case CONVOY_WEIGHT_BFLOAT16:
        return load_bfloat16((const uint16_t *)weights + index * LANES);
    case CONVOY_WEIGHT_FLOAT32:
        return load((const float *)weights + index * LANES);
    }
    UNREACHABLE;
}

ALWAYS_INLINE ptrdiff_t weight_bytes(const int format) {
    switch (format) {
    case CONVOY_WEIGHT_FLOAT16:
    case CONVOY_WEIGHT_BFLOAT16:
        return sizeof(uint16_t);
    case CONVOY_WEIGHT_FLOAT32:
        return sizeof(float);
    }
    UNREACHABLE;
}

ALWAYS_INLINE void tile(const convoy_gemm_job *job, ptrdiff_t first_row, const int rows, const int vectors,
                        const int format) {
    const float *x[TILE_ROWS];
    vec sums[TILE_ROWS][PANEL_VECTORS];
    UNROLL
    for (int r = 0; r < rows; r++) {
        x[r] = job->x + job->row_indirection[first_row + r];
        UNROLL
        for (int v = 0; v < vectors; v++) {
            sums[r][v] = (vec){0};
        }
    }

    const char *w = job->weights;
    const ptrdiff_t step = vectors * LANES * (weight_bytes(format));
    uintptr_t prefetch = prefetch_address(job, first_row);
    const ptrdiff_t *run = job->run_indirection;
    ptrdiff_t start = job->run_start;
    ptrdiff_t left = job->depth;
    while (left > 0) {
        const ptrdiff_t length = left < job->run_length - start ? left : job->run_length - start;
        const ptrdiff_t begin = *run++ + start;
        for (ptrdiff_t i = begin; i < begin + length; i++) {
            vec weights[PANEL_VECTORS];
            UNROLL
            for (int v = 0; v < vectors; v++) {
                weights[v] = load_weights(w, v, format);
            }
            UNROLL
            for (int r = 0; r < rows; r++) {
                UNROLL
                for (int v = 0; v < vectors; v++) {
                    sums[r][v] += x[r][i] * weights[v];
                }
            }
            w += step;
            __builtin_prefetch((const void *)prefetch, 0, 2);
            prefetch += CONVOY_CACHE_LINE;
        }
        left -= length;
        start = 0;
    }

    UNROLL
    for (int r = 0; r < rows; r++) {
        finish_row(job, first_row + r, sums[r], vectors);
    }
}

typedef void tile_function(const convoy_gemm_job *job, ptrdiff_t first_row);

#define DEFINE_TILE(rows, vectors, format)                                                                             \
    static void tile_##rows##x##vectors##_##format(const convoy_gemm_job *job, ptrdiff_t first_row) {                  \
        tile(job, first_row, rows, vectors, format);                                                                   \
    }

#if TILE_ROWS == 4
#define FOR_ALL_ROWS(X, ...) X(1, __VA_ARGS__) X(2, __VA_ARGS__) X(3, __VA_ARGS__) X(4, __VA_ARGS__)
#elif TILE_ROWS == 6
#define FOR_ALL_ROWS(X, ...)                                                                                           \
    X(1, __VA_ARGS__) X(2, __VA_ARGS__) X(3, __VA_ARGS__) X(4, __VA_ARGS__) X(5, __VA_ARGS__) X(6, __VA_ARGS__)
#elif TILE_ROWS == 8
#define FOR_ALL_ROWS(X, ...)                                                                                           \
    X(1, __VA_ARGS__)                                                                                                  \
    X(2, __VA_ARGS__)                                                                                                  \
    X(3, __VA_ARGS__) X(4, __VA_ARGS__) X(5, __VA_ARGS__) X(6, __VA_ARGS__) X(7, __VA_ARGS__) X(8, __VA_ARGS__)
#endif

#define TILE_NAME(rows, vectors, format) tile_##rows##x##vectors##_##format,

FOR_ALL_ROWS(DEFINE_TILE, 1, CONVOY_WEIGHT_FLOAT32)
FOR_ALL_ROWS(DEFINE_TILE, 2, CONVOY_WEIGHT_FLOAT32)
FOR_ALL_ROWS(DEFINE_TILE, 1, CONVOY_WEIGHT_FLOAT16)
FOR_ALL_ROWS(DEFINE_TILE, 2, CONVOY_WEIGHT_FLOAT16)
FOR_ALL_ROWS(DEFINE_TILE, 1, CONVOY_WEIGHT_BFLOAT16)
FOR_ALL_ROWS(DEFINE_TILE, 2, CONVOY_WEIGHT_BFLOAT16)

static_assert(CONVOY_WEIGHT_COUNT == 3, "a weight format has no tiles");

#define TILES_OF(format)                                                                                               \
    {                                                                                                                  \
        {FOR_ALL_ROWS(TILE_NAME, 1, format)}, {                                                                        \
            FOR_ALL_ROWS(TILE_NAME, 2, format)                                                                         \
        }                                                                                                              \
    }

static tile_function *const tiles[CONVOY_WEIGHT_COUNT][PANEL_VECTORS][TILE_ROWS] = {
    [CONVOY_WEIGHT_FLOAT32] = TILES_OF(CONVOY_WEIGHT_FLOAT32),
    [CONVOY_WEIGHT_FLOAT16] = TILES_OF(CONVOY_WEIGHT_FLOAT16),
    [CONVOY_WEIGHT_BFLOAT16] = TILES_OF(CONVOY_WEIGHT_BFLOAT16),
};

/* Once all of the job's rows are finished: inlined into every tile it would multiply the code. */
static void activate_rows(const convoy_gemm_job *job) {
    if (!job->is_last) {
        return;
    }
    const convoy_activation_job activation = {
        .x = job->y,
        .y = job->y,
        .rows = job->row_count,
        .row_stride = job->y_stride,
        .count = job->channels,
        .activation = job->activation,
        .slopes = job->slopes,
    };
    activate_stored(&activation);
}

/* Adds the residual to a tile that was just stored, and applies the activation that the tile then leaves undone. */
static void add_residual(const convoy_gemm_job *job, ptrdiff_t first_row, ptrdiff_t rows) {
    for (ptrdiff_t row = first_row; row < first_row + rows; row++) {
        const float *residual = job->residual + row * job->y_stride;
        float *y = job->y + row * job->y_stride;
        for (ptrdiff_t channel = 0; channel < job->channels; channel += LANES) {
            const ptrdiff_t count = job->channels - channel;
            if (count >= LANES) {
                const vec sum = load(y + channel) + load(residual + channel);
                store(y + channel, apply_in_tile(job->activation.kind, sum));
            } else {
                const vec sum = load_partial(y + channel, count) + load_partial(residual + channel, count);
                store_partial(y + channel, apply_in_tile(job->activation.kind, sum), count);
            }
        }
    }
}

/* The residual of a tile that is about to be computed. */
ALWAYS_INLINE void prefetch_residual_rows(const convoy_gemm_job *job, ptrdiff_t first_row, ptrdiff_t rows) {
    for (ptrdiff_t row = first_row; row < first_row + rows; row++) {
        const float *residual = job->residual + row * job->y_stride;
        for (ptrdiff_t channel = 0; channel < job->channels; channel += CONVOY_CACHE_LINE / (ptrdiff_t)sizeof(float)) {
            __builtin_prefetch(residual + channel);
        }
    }
}

/* Not in the tiles: those without a residual would pay for looking whether there is one. */
static void gemm_with_residual(const convoy_gemm_job *job, tile_function *const *of_rows) {
    convoy_gemm_job sums = *job;
    sums.activation.kind = CONVOY_ACTIVATION_NONE;
    for (ptrdiff_t row = 0; row < job->row_count; row += TILE_ROWS) {
        const ptrdiff_t left = job->row_count - row;
        const ptrdiff_t rows = left < TILE_ROWS ? left : TILE_ROWS;
        prefetch_residual_rows(job, row, rows);
        of_rows[rows - 1](&sums, row);
        add_residual(job, row, rows);
    }
}

static void gemm(const convoy_gemm_job *job) {
    tile_function *const *of_rows = tiles[job->weight_format][(job->channels - 1) / LANES];
    if (job->residual != NULL) {
        gemm_with_residual(job, of_rows);
    } else {
        for (ptrdiff_t row = 0; row < job->row_count; row += TILE_ROWS) {
            const ptrdiff_t left = job->row_count - row;
            of_rows[(left < TILE_ROWS ? left : TILE_ROWS) - 1](job, row);
        }
    }
    activate_rows(job);
}

#endif
