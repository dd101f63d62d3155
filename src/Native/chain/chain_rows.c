/*
 * A single image's first convolution by tiles along rows, with its pooling: rows in the lanes. It is for images of one
 * channel, where a vector of channels would be nearly empty (chain_columns.c does the same without tiles).
 *
 * Rows are taken apart by their remainder, in as many phases as a window of the pooling has rows, so that all that is
 * pooled is in the same lanes. A row's window reaches into the rows behind it, which lie in the lanes behind. The
 * output stays as it is made, rows in the lanes, for a next stage that can read it so; others get pixels.
 */
#include "chain/chain_image.h"
#include "chain/chain_tiles.h"
#include "core/arithmetic.h"
#include "passes/pool_job.h"

/* Lanes that no row fills are read too: they repeat the last row. To [column][phase][row]. */
static void rows_to_lanes(const convoy_call *call, const convoy_chain *chain, const float *x, float *y) {
    const convoy_chain_rows *rows = &chain->rows;
    const convoy_chain_map *input = &chain->stages[0].input;
    const ptrdiff_t column = (ptrdiff_t)(rows->phases * rows->plane);
    for (int64_t phase = 0; phase < rows->phases; phase++) {
        for (int64_t first = 0; first < rows->plane; first += chain->lanes) {
            const float *from[CONVOY_MOST_LANES];
            for (int64_t lane = 0; lane < chain->lanes; lane++) {
                const int64_t row = convoy_min((first + lane) * rows->phases + phase, input->padded_height - 1);
                from[lane] = x + row * input->padded_width;
            }
            call->kernels->images_to_lanes(from, y + phase * rows->plane + first, column,
                                           (ptrdiff_t)input->padded_width);
        }
    }
}

/* Some channels' activated outputs, [phase][column][channel][row]; values: [tile][point][phase][row]. */
static void convolve(const convoy_call *call, const convoy_chain *chain, int64_t channel, int64_t channels,
                     const float *values, float *results, float *y) {
    const convoy_chain_rows *rows = &chain->rows;
    const convoy_chain_stage *stage = &chain->stages[0];
    const int64_t pixel = channels * rows->count;
    float *bias = results + rows->phases * stage->tiles.points * stage->tiles.count * pixel;
    for (int64_t c = 0; c < channels; c++) {
        for (int64_t row = 0; row < rows->count; row++) {
            bias[c * rows->count + row] = call->bias != NULL ? call->bias[stage->bias + channel + c] : 0.0f;
        }
    }
    convoy_rows_job job = {
        .x_tile = (ptrdiff_t)(stage->tiles.points * rows->phases * rows->plane),
        .x_phase = (ptrdiff_t)rows->plane,
        .tiles = (ptrdiff_t)stage->tiles.count,
        .phases = (ptrdiff_t)rows->phases,
        .taps = stage->convolution->kernel_h,
        .count = (ptrdiff_t)rows->count,
        .channels = (ptrdiff_t)channels,
        .weight_stride = (ptrdiff_t)stage->weight_stride,
        .y_phase = (ptrdiff_t)(stage->tiles.points * stage->tiles.count * pixel),
    };
    for (int64_t point = 0; point < stage->tiles.points; point++) {
        job.x = values + point * rows->phases * rows->plane;
        job.y = results + point * stage->tiles.count * pixel;
        job.weights =
            call->packed + stage->weights + point * stage->convolution->kernel_h * stage->weight_stride + channel;
        call->kernels->convolve_rows(&job);
    }
    convoy_row_transform_job tiles = convoy_chain_row_transform(stage, pixel);
    tiles.bias = bias;
    tiles.tile = (ptrdiff_t)pixel;
    tiles.point = (ptrdiff_t)(stage->tiles.count * pixel);
    for (int64_t phase = 0; phase < rows->phases; phase++) {
        tiles.x = results + phase * job.y_phase;
        tiles.y = y + phase * stage->width * pixel;
        call->kernels->row_output_transform(&tiles);
    }
    const int64_t floats = rows->phases * stage->width * pixel;
    convoy_chain_activate(call->kernels, stage->convolution, y, 1, floats, floats);
}

/* To [column][all channels][row]. Without pooling a window is one element, its own maximum. */
static void pool(const convoy_call *call, const convoy_chain *chain, int64_t channels, const float *x, float *y) {
    const convoy_chain_rows *rows = &chain->rows;
    const convoy_chain_stage *stage = &chain->stages[0];
    const convoy_chain_layer_state *layer = stage->pool;
    const int64_t pixel = channels * rows->count;
    const int64_t columns = layer != NULL ? layer->kernel_w : 1;
    const int64_t step = layer != NULL ? layer->stride_w : 1;
    convoy_pool_window window = {
        .row_stride = (ptrdiff_t)(stage->width * pixel),
        .column_stride = (ptrdiff_t)pixel,
        .rows = (ptrdiff_t)rows->phases,
        .columns = (ptrdiff_t)columns,
        .channels = (ptrdiff_t)pixel,
        .divisor = (float)(rows->phases * columns),
    };
    convoy_pool_function *const pool_window =
        layer != NULL ? convoy_chain_pool_kernel(call->kernels, layer) : call->kernels->pool_max;
    for (int64_t column = 0; column < stage->output.width; column++) {
        window.x = x + column * step * pixel;
        window.y = y + column * stage->channels * rows->count;
        pool_window(&window);
    }
}

/* From [column][channel][row] to pixels. */
static void place(const convoy_chain *chain, const float *x, float *y) {
    const convoy_chain_map *output = &chain->stages[0].output;
    const int64_t count = chain->rows.count;
    for (int64_t row = 0; row < output->height; row++) {
        float *to = y + ((output->pad_top + row) * output->padded_width + output->pad_left) * output->channels;
        for (int64_t i = 0; i < output->width * output->channels; i++) {
            to[i] = x[i * count + row];
        }
    }
}

void convoy_chain_run_rows(const convoy_call *call, const convoy_chain *chain, const float *x, float *scratch,
                           float *y) {
    const convoy_chain_rows *rows = &chain->rows;
    const convoy_chain_stage *stage = &chain->stages[0];
    float *values = scratch + rows->input_floats;
    float *results = values + rows->values_floats;
    float *made = results + rows->results_floats;
    float *output = rows->is_next ? y : made + rows->made_floats;
    rows_to_lanes(call, chain, x, scratch);
    convoy_row_transform_job job = convoy_chain_row_transform(stage, rows->phases * rows->plane);
    job.x = scratch;
    job.y = values;
    job.point = job.pixel;
    job.tile = job.point * job.points;
    call->kernels->row_input_transform(&job);
    for (int64_t channel = 0; channel < stage->channels; channel += CONVOY_ROWS_CHANNELS) {
        const int64_t channels = convoy_min(CONVOY_ROWS_CHANNELS, stage->channels - channel);
        convolve(call, chain, channel, channels, values, results, made);
        pool(call, chain, channels, made, output + channel * rows->count);
    }
    if (!rows->is_next) {
        place(chain, output, y);
    }
}
