/*
 * What an instruction set provides: a table of micro-kernels. Each is written once, in the room that calls it
 * (..._kernel.h), and compiled for every set with its vector width (micro_kernels.h). A job, what a micro-kernel is
 * given, is defined there too. Micro-kernels check nothing: planning has.
 */
#ifndef CONVOY_KERNELS_H
#define CONVOY_KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum { CONVOY_CACHE_LINE = 64 };

struct convoy_activation_job;       /* activation/activation_job.h */
struct convoy_binary_job;           /* passes/binary_job.h */
struct convoy_gemm_job;             /* gemm/gemm_job.h */
struct convoy_pool_window;          /* passes/pool_job.h */
struct convoy_lrn_params;           /* passes/lrn_job.h */
struct convoy_instance_norm_job;    /* passes/instance_norm_job.h */
struct convoy_winograd_input_tile;  /* winograd/winograd_job.h */
struct convoy_winograd_output_tile; /* the same */
struct convoy_depthwise_job;        /* depthwise/depthwise_job.h */
struct convoy_convolution_job;      /* chain/chain_job.h */
struct convoy_columns_job;          /* the same */
struct convoy_row_transform_job;    /* the same */
struct convoy_rows_job;             /* the same */

typedef struct convoy_kernels {
    int32_t lanes;         /* floats in a vector */
    int32_t panel_vectors; /* vectors of output channels in a register tile */
    int32_t tile_rows;     /* rows of a register tile */
    void (*gemm)(const struct convoy_gemm_job *job);
    /* The same for one row, one run, and a whole packed panel of exponent-coded weights. */
    void (*exponent_coded_gemm)(const struct convoy_gemm_job *job);
    void (*winograd_input_transform)(const struct convoy_winograd_input_tile *tile);
    void (*winograd_output_transform)(const struct convoy_winograd_output_tile *tile);
    void (*depthwise)(const struct convoy_depthwise_job *job);
    void (*pool_max)(const struct convoy_pool_window *window);
    void (*pool_average)(const struct convoy_pool_window *window);
    void (*activate)(const struct convoy_activation_job *job);
    void (*binary)(const struct convoy_binary_job *job);
    /* One pixel. squares: before + channels + after floats of scratch, the first and last `before` and `after` zero. */
    void (*lrn)(const struct convoy_lrn_params *params, const float *x, float *squares, float *y);
    void (*instance_norm_sums)(const struct convoy_instance_norm_job *job);
    void (*instance_norm_results)(const struct convoy_instance_norm_job *job);
    void (*convolve_images)(const struct convoy_convolution_job *job);
    void (*convolve_channels)(const struct convoy_convolution_job *job);
    void (*convolve_columns)(const struct convoy_columns_job *job);
    /* x: a row of the input, y: its tiles' values at the points. */
    void (*row_input_transform)(const struct convoy_row_transform_job *job);
    /* x: a row of tiles, the results at the points; y: a row of the output. bias: of every float of a pixel. */
    void (*row_output_transform)(const struct convoy_row_transform_job *job);
    void (*convolve_rows)(const struct convoy_rows_job *job);
    /* y[i * stride + lane] = x[lane][i], i in [0, count): x has a pointer for each lane. */
    void (*images_to_lanes)(const float *const *x, float *y, ptrdiff_t stride, ptrdiff_t count);
    /* y[i] = x[i] * scale[i] + shift[i] */
    void (*bytes_to_floats)(const uint8_t *x, const float *scale, const float *shift, float *y, ptrdiff_t count);
    /* Both return what they add up, modulo 2^32. */
    uint32_t (*measure_multiply_adds)(int64_t repeats, float scale, float step, uint64_t *operations);
    uint32_t (*measure_read)(const void *x, int64_t units);
} convoy_kernels;

const convoy_kernels *convoy_kernels_scalar(void);
const convoy_kernels *convoy_kernels_avx2(void);
const convoy_kernels *convoy_kernels_avx512(void);
const convoy_kernels *convoy_kernels_neon(void);

#endif
