/*
 * A single image's first convolution, with its pooling: columns of the output in the lanes. It is for images of one
 * channel and few output channels, where a vector of channels would be nearly empty.
 *
 * Column j of the output reads columns j * phases + q of the input. The input is taken apart by the remainder of its
 * columns, so that what neighbouring lanes read lies side by side. The convolution is made for every position of the
 * pooling window by itself, and what is pooled is in the same lanes.
 */
#include "chain/chain_image.h"
#include "chain/chain_job.h"
#include "core/arithmetic.h"
#include "passes/pool_job.h"

/* Columns phase, phase + phases, ... of a row; phases is a constant where it is inlined. */
static inline void take_phase(const float *restrict x, float *restrict y, int64_t phase, int64_t phases,
                              int64_t width) {
    for (int64_t i = 0, column = phase; column < width; i++, column += phases) {
        y[i] = x[column];
    }
}

static void split_phases(const convoy_chain_columns *columns, const convoy_chain_map *input, int64_t lanes,
                         const float *x, float *y) {
    for (int64_t phase = 0; phase < columns->phases; phase++) {
        float *to = y + phase * columns->phase_floats;
        for (int64_t row = 0; row < input->padded_height; row++, to += columns->pitch) {
            const float *from = x + row * input->padded_width;
            to[columns->pitch - 1] = 0.0f; /* a phase may have a column fewer */
            if (columns->phases == 2) {
                take_phase(from, to, phase, 2, input->padded_width);
            } else {
                take_phase(from, to, phase, columns->phases, input->padded_width);
            }
        }
    }
    float *end = y + columns->phases * columns->phase_floats;
    for (int64_t i = 0; i < lanes; i++) {
        end[i] = 0.0f;
    }
}

/* Of the elements of each position's window, in the order of the weights: where the first lane's lies. */
static void fill_indirection(const convoy_chain_stage *stage, const convoy_chain_columns *columns,
                             ptrdiff_t *indirection) {
    const convoy_chain_layer_state *layer = stage->convolution;
    const int64_t pool_h = stage->pool != NULL ? stage->pool->kernel_h : 1;
    const int64_t pool_w = stage->pool != NULL ? stage->pool->kernel_w : 1;
    ptrdiff_t of_column[CONVOY_MOST_COLUMN_INDIRECTION];
    for (int64_t column = 0; column < (pool_w - 1) * layer->stride_w + layer->kernel_w; column++) {
        of_column[column] = (ptrdiff_t)(column % columns->phases * columns->phase_floats + column / columns->phases);
    }
    for (int64_t row = 0; row < layer->kernel_h; row++) {
        for (int64_t column = 0; column < layer->kernel_w; column++) {
            for (int64_t pool_row = 0; pool_row < pool_h; pool_row++) {
                const int64_t begin = (pool_row * layer->stride_h + row) * columns->pitch;
                for (int64_t pool_column = 0; pool_column < pool_w; pool_column++) {
                    *indirection++ = (ptrdiff_t)begin + of_column[pool_column * layer->stride_w + column];
                }
            }
        }
    }
}

/* The positions, [position][channel][lane], to one vector a channel. */
static const float *pool_positions(const convoy_call *call, const convoy_chain *chain, float *positions, float *y) {
    const convoy_chain_stage *stage = &chain->stages[0];
    if (stage->pool == NULL) {
        return positions;
    }
    const ptrdiff_t floats = (ptrdiff_t)(stage->channels * chain->lanes);
    const convoy_pool_window window = {
        .x = positions,
        .row_stride = floats,
        .column_stride = floats,
        .rows = (ptrdiff_t)chain->columns.positions,
        .columns = 1,
        .channels = floats,
        .divisor = (float)chain->columns.positions,
        .y = y,
    };
    convoy_chain_pool_kernel(call->kernels, stage->pool)(&window);
    return y;
}

void convoy_chain_run_columns(const convoy_call *call, const convoy_chain *chain, const float *x, float *scratch,
                              float *y) {
    const convoy_chain_stage *stage = &chain->stages[0];
    const convoy_chain_columns *columns = &chain->columns;
    const convoy_chain_map *output = &stage->output;
    const int64_t vector_floats = stage->channels * chain->lanes;
    float *pooled = scratch + columns->floats - vector_floats;
    float *positions = pooled - columns->positions * vector_floats;
    ptrdiff_t indirection[CONVOY_MOST_COLUMN_INDIRECTION];
    fill_indirection(stage, columns, indirection);
    split_phases(columns, &stage->input, chain->lanes, x, scratch);
    const int64_t row_step = stage->convolution->stride_h * (stage->pool != NULL ? stage->pool->stride_h : 1);
    convoy_columns_job job = {
        .indirection = indirection,
        .elements = (ptrdiff_t)columns->elements,
        .positions = (ptrdiff_t)columns->positions,
        .channels = (ptrdiff_t)stage->channels,
        .weights = call->packed + stage->weights,
        .weight_stride = (ptrdiff_t)stage->weight_stride,
        .bias = call->bias != NULL ? call->bias + stage->bias : NULL,
        .y = positions,
    };
    for (int64_t row = 0; row < output->height; row++) {
        float *to = y + ((output->pad_top + row) * output->padded_width + output->pad_left) * output->channels;
        for (int64_t first = 0; first < output->width; first += chain->lanes) {
            job.x = scratch + row * row_step * columns->pitch + first;
            call->kernels->convolve_columns(&job);
            convoy_chain_activate(call->kernels, stage->convolution, positions, columns->positions, vector_floats,
                                  vector_floats);
            const float *result = pool_positions(call, chain, positions, pooled);
            const int64_t count = convoy_min(chain->lanes, output->width - first);
            for (int64_t channel = 0; channel < stage->channels; channel++) {
                const float *from = result + channel * chain->lanes;
                float *y_channel = to + first * stage->channels + channel;
                for (int64_t column = 0; column < count; column++) {
                    y_channel[column * stage->channels] = from[column];
                }
            }
        }
    }
}
