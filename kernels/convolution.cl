/*
 * Convolution and fully connected layers as one implicit GEMM (Chetlur et al. 2014, "cuDNN", section 3.1):
 * the rows are output pixels, the columns output channels, and the reduction runs over the kernel's rows, columns and
 * channels, whose inputs are read where they lie. Inputs are NHWC and already padded, so nothing is tested inside.
 *
 * The order of additions of an output depends on the layer and the variant alone, never on its place in the batch: at
 * most BLOCK steps are summed, and then the sums of the blocks, so that rounding errors do not pile up over long
 * reductions (Higham 2002, section 4.2). Without local memory a block also ends with each run of the input.
 *
 * Weights are packed by the host as [plane][group][panel][reduction][PANEL], PANEL = GROUP_CHANNELS * TILE_CHANNELS
 * channels, the last panel of a group filled up with zeros; the bias as [group][panel][PANEL], and behind it, in the
 * same way, the slopes of an activation that has some. There is one plane but for Winograd convolution, which has a
 * GEMM for every point (winograd.cl).
 */
#ifndef TILE_ROWS
#define TILE_ROWS 6 /* pixels a work-item computes */
#endif
#ifndef TILE_CHANNELS
#define TILE_CHANNELS 16 /* channels a work-item computes: 4, 8 or 16 */
#endif
#ifndef GROUP_ROWS
#define GROUP_ROWS 1 /* work-items of a work-group along the pixels */
#endif
#ifndef GROUP_CHANNELS
#define GROUP_CHANNELS 1 /* work-items of a work-group along the channels */
#endif
#ifndef DEPTH
#define DEPTH 16 /* reduction steps staged in local memory at a time; divides BLOCK */
#endif
#ifndef USE_LOCAL
#define USE_LOCAL 0 /* 1: the work-group shares its operands through local memory; 0: each work-item reads its own */
#endif

#ifndef HAS_BIAS
#define HAS_BIAS 1 /* 1: the bias is added; 0: there is none to read */
#endif
#ifndef BLOCK
#define BLOCK 512 /* reduction steps in a partial sum; a multiple of DEPTH */
#endif

#include "channels.cl"

#define PANEL (GROUP_CHANNELS * TILE_CHANNELS)

/* How the GEMM's rows and reduction steps map to the input; all counts are floats unless said otherwise. */
typedef struct {
    int image_pixels;      /* output height * output width */
    int row_pixels;        /* output width */
    int image_floats;      /* from one padded image to the next */
    int row_floats;        /* from one output row's input to the next: stride * padded width * channels */
    int column_floats;     /* from one output pixel's input to the next: stride * channels */
    int kernel_rows;       /* rows of the kernel */
    int runs;              /* contiguous runs in a kernel row */
    int run_length;        /* floats in a run */
    int kernel_row_floats; /* from one kernel row to the next: dilation * padded width * channels */
    int run_floats;        /* from one run to the next */
    int group_channels;    /* input channels of a group */
    int group_filters;     /* output channels of a group */
    int filters;           /* output channels of all groups: floats from one output pixel to the next */
} convolution_shape;

/*
 * The planes, a GEMM each. They form a grid, in which the row and the column numbered `finite` hold fewer rows of the
 * GEMM than the others. Which those are, depends on the plane's kind: 1 in that row, 2 in that column, 3 in both, 0 in
 * neither.
 */
typedef struct {
    int groups;        /* of a plane: the third dimension counts planes * groups */
    int columns;       /* of the grid */
    int finite;        /* of the grid */
    int input_floats;  /* from one plane to the next */
    int output_floats; /* the same of the output */
    int begin[4];      /* of a kind: its first row of the GEMM */
    int end[4];        /* one beyond its last */
} convolution_planes;

static int kind_of(const convolution_planes *p, const int plane) {
    return (plane / p->columns == p->finite) + 2 * (plane % p->columns == p->finite);
}

/* The number for a kind. An index known at run time only would put the arguments into memory; one driver crashes. */
static int number_of(const int *numbers, const int kind) {
    return kind == 0 ? numbers[0] : kind == 1 ? numbers[1] : kind == 2 ? numbers[2] : numbers[3];
}

static int row_start(const convolution_shape *s, const int row, const int end) {
    const int pixel = min(row, end - 1); /* rows beyond the end repeat the last and are not stored */
    const int image = pixel / s->image_pixels;
    const int rest = pixel - image * s->image_pixels;
    const int line = rest / s->row_pixels;
    return image * s->image_floats + line * s->row_floats + (rest - line * s->row_pixels) * s->column_floats;
}

/* Adds the bias and activates; channels beyond the last filter too, since what is not stored costs nothing. */
static void finish(const convolution_shape *s, channels sum, __global const float *bias, __global float *y,
                   const int row, const int end, const int group, const int groups, const int first_filter) {
    if (row < end) {
        const int group_floats = get_global_size(1) * TILE_CHANNELS; /* of the bias */
        bias += group * group_floats + first_filter;
        if (HAS_BIAS) {
            sum += LOAD_CHANNELS(bias);
        }
        store_channels(activate_channels(sum, LOAD_SLOPES(bias + groups * group_floats)),
                       y + (size_t)row * s->filters + group * s->group_filters + first_filter,
                       s->group_filters - first_filter);
    }
}

#if USE_LOCAL

#define BLOCK_ROWS (GROUP_ROWS * TILE_ROWS)
#define GROUP_SIZE (GROUP_ROWS * GROUP_CHANNELS)

#if GROUP_SIZE % DEPTH
#error GROUP_SIZE is to be a multiple of DEPTH, so that a work-item always stages the same step of it
#endif

/* A step of the reduction: the kernel row, the run in it, and the place in the run. */
typedef struct {
    int kernel_row;
    int run;
    int rest;
} reduction_step;

/* Goes on to a later step, without a division. */
static void advance(reduction_step *step, const convolution_shape *s, const int steps) {
    step->rest += steps;
    while (step->rest >= s->run_length) {
        step->rest -= s->run_length;
        step->run++;
        if (step->run == s->runs) {
            step->run = 0;
            step->kernel_row++;
        }
    }
}

__kernel __attribute__((reqd_work_group_size(GROUP_ROWS, GROUP_CHANNELS, 1))) void
convolution(__global const float *restrict x, const int x_offset, __global const float *restrict weights,
            __global const float *restrict bias, __global float *restrict y, const int y_offset,
            const convolution_shape shape, const convolution_planes planes) {
    __local int starts[BLOCK_ROWS];
    __local float inputs[DEPTH][BLOCK_ROWS];
    __local float filters[DEPTH][PANEL];
    const int item = get_local_id(1) * GROUP_ROWS + get_local_id(0);
    const int plane = get_global_id(2) / planes.groups;
    const int group = get_global_id(2) - plane * planes.groups;
    const int kind = kind_of(&planes, plane);
    const int first_row = number_of(planes.begin, kind) + get_group_id(0) * BLOCK_ROWS;
    const int end_row = number_of(planes.end, kind);
    if (first_row >= end_row) {
        return; /* the whole work-group */
    }
    const int reduction = shape.kernel_rows * shape.runs * shape.run_length;
    x += x_offset + (size_t)plane * planes.input_floats + group * shape.group_channels;
    y += y_offset + (size_t)plane * planes.output_floats;
    weights += ((size_t)get_global_id(2) * get_num_groups(1) + get_group_id(1)) * reduction * PANEL;
    for (int i = item; i < BLOCK_ROWS; i += GROUP_SIZE) {
        starts[i] = row_start(&shape, first_row + i, end_row);
    }

    const int d = item % DEPTH;
    reduction_step own = {0, 0, 0};
    advance(&own, &shape, d);
    channels totals[TILE_ROWS];
    channels sums[TILE_ROWS];
#pragma unroll
    for (int r = 0; r < TILE_ROWS; r++) {
        totals[r] = 0.0f;
        sums[r] = 0.0f;
    }
    for (int step = 0; step < reduction; step += DEPTH) {
        const int depth = min(DEPTH, reduction - step);
        if (step % BLOCK == 0) {
#pragma unroll
            for (int r = 0; r < TILE_ROWS; r++) {
                totals[r] += sums[r];
                sums[r] = 0.0f;
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        if (d < depth) {
            const int offset = own.kernel_row * shape.kernel_row_floats + own.run * shape.run_floats + own.rest;
            for (int i = item / DEPTH; i < BLOCK_ROWS; i += GROUP_SIZE / DEPTH) {
                inputs[d][i] = x[starts[i] + offset];
            }
        }
        advance(&own, &shape, DEPTH);
        for (int i = item; i < depth * PANEL; i += GROUP_SIZE) {
            filters[i / PANEL][i % PANEL] = weights[(size_t)step * PANEL + i];
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        for (int i = 0; i < depth; i++) {
            const channels w = LOAD_CHANNELS(&filters[i][get_local_id(1) * TILE_CHANNELS]);
#pragma unroll
            for (int r = 0; r < TILE_ROWS; r++) {
                sums[r] = fma((channels)inputs[i][r * GROUP_ROWS + get_local_id(0)], w, sums[r]);
            }
        }
    }
#pragma unroll
    for (int r = 0; r < TILE_ROWS; r++) {
        finish(&shape, totals[r] + sums[r], bias, y, first_row + r * GROUP_ROWS + get_local_id(0), end_row, group,
               planes.groups, get_global_id(1) * TILE_CHANNELS);
    }
}

#else

__kernel __attribute__((reqd_work_group_size(GROUP_ROWS, GROUP_CHANNELS, 1))) void
convolution(__global const float *restrict x, const int x_offset, __global const float *restrict weights,
            __global const float *restrict bias, __global float *restrict y, const int y_offset,
            const convolution_shape shape, const convolution_planes planes) {
    const int plane = get_global_id(2) / planes.groups;
    const int group = get_global_id(2) - plane * planes.groups;
    const int kind = kind_of(&planes, plane);
    const int first_row = number_of(planes.begin, kind) + get_global_id(0) * TILE_ROWS;
    const int end_row = number_of(planes.end, kind);
    if (first_row >= end_row) {
        return;
    }
    const int reduction = shape.kernel_rows * shape.runs * shape.run_length;
    x += x_offset + (size_t)plane * planes.input_floats + group * shape.group_channels;
    y += y_offset + (size_t)plane * planes.output_floats;
    __global const float *w =
        weights + (((size_t)get_global_id(2) * get_num_groups(1) + get_group_id(1)) * reduction * PANEL +
                   get_local_id(1) * TILE_CHANNELS);
    __global const float *rows[TILE_ROWS];
    channels totals[TILE_ROWS];
#pragma unroll
    for (int r = 0; r < TILE_ROWS; r++) {
        rows[r] = x + row_start(&shape, first_row + r, end_row);
        totals[r] = 0.0f;
    }
    for (int kernel_row = 0; kernel_row < shape.kernel_rows; kernel_row++) {
        for (int run = 0; run < shape.runs; run++) {
            const int begin = kernel_row * shape.kernel_row_floats + run * shape.run_floats;
            for (int block = 0; block < shape.run_length; block += BLOCK) {
                const int end = begin + min(block + BLOCK, shape.run_length);
                channels sums[TILE_ROWS];
#pragma unroll
                for (int r = 0; r < TILE_ROWS; r++) {
                    sums[r] = 0.0f;
                }
                for (int i = begin + block; i < end; i++) {
                    const channels filter = LOAD_CHANNELS(w);
                    w += PANEL;
#pragma unroll
                    for (int r = 0; r < TILE_ROWS; r++) {
                        sums[r] = fma((channels)rows[r][i], filter, sums[r]);
                    }
                }
#pragma unroll
                for (int r = 0; r < TILE_ROWS; r++) {
                    totals[r] += sums[r];
                }
            }
        }
    }
#pragma unroll
    for (int r = 0; r < TILE_ROWS; r++) {
        finish(&shape, totals[r], bias, y, first_row + r, end_row, group, planes.groups,
               get_global_id(1) * TILE_CHANNELS);
    }
}

#endif
