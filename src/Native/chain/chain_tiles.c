/*
 * A chain's convolutions by Winograd's algorithm along rows, F(m, r) in one dimension (winograd_kernel.h has the
 * transforms): a row of kernel_h x kernel_w windows becomes, at each point, one of kernel_h x 1. One dimension saves
 * less than two, but small maps have few tiles, and the values of two dimensions would not stay in the cache.
 */
#include "chain/chain_tiles.h"

#include "core/arithmetic.h"
#include "winograd/filter_transform.h"
#include "winograd/winograd_points.h"

/* Work of a convolution by such tiles, its transforms included, in multiply-adds. */
static double cost_of(const convoy_chain_stage *stage, int32_t points, int64_t outputs) {
    const convoy_chain_layer_state *layer = stage->convolution;
    const double pairs = points / 2;
    const double tiles = (double)convoy_ceil_div(stage->width, outputs);
    const double in = (double)(stage->input.padded_height * stage->input.channels) * tiles;
    const double out = (double)(stage->height * stage->channels) * tiles;
    const double convolutions = out * points * (double)(layer->kernel_h * stage->input.channels);
    return convolutions + in * (2.0 * pairs * pairs + 3.0 * pairs) + out * (2.0 + (double)outputs) * pairs;
}

double convoy_chain_multiply_adds(const convoy_chain_stage *stage) {
    return stage->tiles.points > 0 ? cost_of(stage, (int32_t)stage->tiles.points, stage->tiles.outputs)
                                   : (double)(stage->height * stage->width * stage->channels * stage->depth);
}

/* They must save a fifth: what the model leaves out costs as much. */
uint8_t convoy_chain_choose_points(const convoy_chain_stage *stage) {
    const convoy_chain_layer_state *layer = stage->convolution;
    int32_t best = 0;
    double least = 0.8 * (double)(stage->height * stage->width * stage->channels * stage->depth);
    if (layer->stride_w > 1) {
        return 0;
    }
    for (int32_t points = 2 * WINOGRAD_FEWEST_PAIRS; points <= WINOGRAD_MOST_POINTS; points++) {
        const int64_t outputs = points - layer->kernel_w + 1;
        if (outputs >= 2 && outputs <= stage->width && layer->kernel_w > 1 && cost_of(stage, points, outputs) < least) {
            least = cost_of(stage, points, outputs);
            best = points;
        }
    }
    return (uint8_t)best;
}

/* The filter transform of a row, at a point. */
static float transform_filter_row(const convoy_chain_layer_state *layer, int32_t points, int32_t point,
                                  const float *row) {
    double taps[WINOGRAD_MOST_POINTS];
    for (int32_t i = 0; i < layer->kernel_w; i++) {
        taps[i] = (double)row[i];
    }
    return (float)convoy_winograd_filter_transform(points / 2, point, taps, layer->kernel_w);
}

/* packed: [point][row of the kernel][in channel][weight_stride] */
void convoy_chain_pack_tiles(const convoy_chain_stage *stage, const float *weights, float *packed) {
    const convoy_chain_layer_state *layer = stage->convolution;
    const int32_t points = (int32_t)stage->tiles.points;
    for (int32_t point = 0; point < points; point++) {
        for (int64_t row = 0; row < layer->kernel_h; row++) {
            for (int64_t c = 0; c < stage->input.channels; c++) {
                const float *taps = weights + (c * layer->kernel_h + row) * layer->kernel_w;
                for (int64_t channel = 0; channel < stage->channels; channel++) {
                    *packed++ = transform_filter_row(layer, points, point, taps + channel * stage->depth);
                }
                for (int64_t channel = stage->channels; channel < stage->weight_stride; channel++) {
                    *packed++ = 0.0f;
                }
            }
        }
    }
}

convoy_row_transform_job convoy_chain_row_transform(const convoy_chain_stage *stage, int64_t pixel) {
    return (convoy_row_transform_job){
        .pixel = (ptrdiff_t)pixel,
        .width = (ptrdiff_t)stage->width,
        .tiles = (ptrdiff_t)stage->tiles.count,
        .outputs = (ptrdiff_t)stage->tiles.outputs,
        .points = (int32_t)stage->tiles.points,
    };
}

/* values: [row][tile][point][in channel][width], or, of rows in lanes, [tile][point][in channel][row] */
convoy_chain_tile_buffers convoy_chain_begin_tiles(const convoy_chain_pass *pass, const convoy_chain_stage *stage,
                                                   const float *x, float *buffer) {
    convoy_chain_tile_buffers buffers = {.bias = buffer};
    buffers.values = buffer + stage->weight_stride * pass->width;
    buffers.results = buffers.values + convoy_chain_values_floats(pass->chain, stage, pass->width) * pass->width;
    for (int64_t channel = 0; channel < stage->channels; channel++) {
        for (int64_t i = 0; i < pass->width; i++) {
            buffers.bias[channel * pass->width + i] =
                pass->call->bias != NULL ? pass->call->bias[stage->bias + channel] : 0.0f;
        }
    }
    const bool in_rows = pass->width == 1 && pass->chain->rows.is_next && stage == &pass->chain->stages[1];
    buffers.rows = in_rows ? pass->chain->rows.count : 0;
    convoy_row_transform_job job =
        convoy_chain_row_transform(stage, stage->input.channels * (in_rows ? buffers.rows : pass->width));
    job.point = job.pixel;
    job.tile = job.point * job.points;
    for (int64_t row = 0; row < (in_rows ? 1 : stage->input.padded_height); row++) {
        job.x = x + row * stage->input.padded_width * job.pixel;
        job.y = buffers.values + row * job.tiles * job.tile;
        pass->call->kernels->row_input_transform(&job);
    }
    return buffers;
}

/* results: [point][row][tile][channel][width] */
void convoy_chain_convolve_tiles(const convoy_chain_pass *pass, const convoy_chain_stage *stage,
                                 const convoy_chain_tile_buffers *buffers, int64_t first, int64_t rows, float *y,
                                 int64_t y_row) {
    const convoy_chain_layer_state *layer = stage->convolution;
    const int64_t in_element = buffers->rows > 0 ? buffers->rows : pass->width;
    const int64_t in_pixel = stage->input.channels * in_element;
    const int64_t in_tile = in_pixel * stage->tiles.points;
    const int64_t in_row = buffers->rows > 0 ? 1 : in_tile * stage->tiles.count;
    const int64_t out_pixel = stage->channels * pass->width;
    const int64_t out_row = out_pixel * stage->tiles.count;
    const int64_t point_weights = layer->kernel_h * stage->input.channels * stage->weight_stride;
    for (int64_t point = 0; point < stage->tiles.points; point++) {
        const convoy_convolution_job job = {
            .x = buffers->values + first * layer->stride_h * in_row + point * in_pixel,
            .x_row = (ptrdiff_t)(layer->stride_h * in_row),
            .x_column = (ptrdiff_t)in_tile,
            .x_run = (ptrdiff_t)in_row,
            .runs = layer->kernel_h,
            .run_length = (ptrdiff_t)stage->input.channels,
            .x_element = (ptrdiff_t)in_element,
            .rows = (ptrdiff_t)rows,
            .columns = (ptrdiff_t)stage->tiles.count,
            .channels = (ptrdiff_t)stage->channels,
            .weights = pass->call->packed + stage->weights + point * point_weights,
            .weight_stride = (ptrdiff_t)stage->weight_stride,
            .y = buffers->results + point * rows * out_row,
            .y_row = (ptrdiff_t)out_row,
            .y_column = (ptrdiff_t)out_pixel,
        };
        convoy_chain_convolve(pass, &job);
    }
    convoy_row_transform_job job = convoy_chain_row_transform(stage, out_pixel);
    job.bias = buffers->bias;
    job.tile = (ptrdiff_t)out_pixel;
    job.point = (ptrdiff_t)(rows * out_row);
    for (int64_t row = 0; row < rows; row++) {
        job.x = buffers->results + row * out_row;
        job.y = y + row * y_row;
        pass->call->kernels->row_output_transform(&job);
    }
}
