/*
 * A single image's first convolution by tiles along rows, with its pooling: tiles in the lanes. It is for images of one
 * channel, where a vector of channels would be nearly empty (chain_columns.c does the same without tiles).
 *
 * The input is taken apart twice. Columns by their remainder, of as many phases as a tile has outputs: what neighbouring
 * tiles read lies side by side, and rows of tiles follow each other without a gap, so that a vector may hold several.
 * Rows by theirs, of as many phases as a window of the pooling has rows: all that is pooled is in the same lanes.
 */
#include "chain.h"

#include <string.h>

/* [phase of rows][phase of columns][plane] */
static void split_input(const convoy_call *call, const convoy_chain *chain, const float *x, float *phases) {
    const convoy_chain_lane_tiles *tiles = &chain->lane_tiles;
    const convoy_chain_stage *stage = &chain->stages[0];
    const int64_t outputs = stage->tiles.outputs;
    const int64_t height = stage->input.padded_height;
    for (int64_t row = 0; row < height; row++) {
        float *to = phases + row % tiles->phases_h * outputs * tiles->plane + row / tiles->phases_h * tiles->pitch;
        call->kernels->split_lanes(x + row * stage->input.padded_width, to, (ptrdiff_t)outputs, (ptrdiff_t)tiles->plane,
                                   (ptrdiff_t)tiles->pitch);
    }
    for (int64_t phase = 0; phase < tiles->phases_h; phase++) {
        const int64_t used = convoy_ceil_div(height - phase, tiles->phases_h) * tiles->pitch;
        for (int64_t i = 0; i < outputs; i++) {
            float *plane = phases + (phase * outputs + i) * tiles->plane;
            memset(plane + used, 0, (size_t)(tiles->plane - used) * sizeof(float));
        }
    }
    memset(phases + tiles->phases_h * outputs * tiles->plane, 0, CONVOY_MOST_LANES * sizeof(float));
}

/* [phase of rows][point][plane] */
static void evaluate(const convoy_call *call, const convoy_chain *chain, const float *phases, float *values) {
    const convoy_chain_lane_tiles *tiles = &chain->lane_tiles;
    convoy_lanes_input job = {
        .plane = (ptrdiff_t)tiles->plane,
        .points = (int32_t)chain->stages[0].tiles.points,
        .outputs = (int32_t)chain->stages[0].tiles.outputs,
    };
    for (int64_t phase = 0; phase < tiles->phases_h; phase++) {
        job.x = phases + phase * job.outputs * tiles->plane;
        job.y = values + phase * job.points * tiles->plane;
        call->kernels->evaluate_lanes(&job);
    }
}

/* A channel, [row][output][flat], to what its windows give, [window of a tile][channels][flat]; without pooling a window
 * is one element, its own maximum. */
static void pool_channel(const convoy_call *call, const convoy_chain *chain, const float *x, float *y) {
    const convoy_chain_stage *stage = &chain->stages[0];
    const convoy_chain_layer_state *layer = stage->pool;
    const int64_t rows = layer != NULL ? layer->kernel_h : 1;
    const int64_t columns = layer != NULL ? layer->kernel_w : 1;
    const int64_t count = chain->lane_tiles.count;
    convoy_window window = {
        .row_stride = (ptrdiff_t)(stage->tiles.outputs * count),
        .rows = (ptrdiff_t)rows,
        .columns = (ptrdiff_t)columns,
        .channels = (ptrdiff_t)count,
        .divisor = (float)(rows * columns),
    };
    const bool is_average = layer != NULL && layer->kind == CONVOY_CHAIN_AVERAGE_POOL;
    void (*const pool)(const convoy_window *) =
        is_average ? call->kernels->pool_average : call->kernels->pool_max;
    for (int64_t i = 0; i < stage->tiles.outputs / columns; i++) {
        window.x = x + i * columns * count;
        window.y = y + i * stage->channels * count;
        pool(&window);
    }
}

/* Where the pixels of the tiles in the lanes from `first` on go; NULL: the lane's tile is none. */
static void place_lanes(const convoy_chain *chain, int64_t first, float *y, float **places) {
    const convoy_chain_stage *stage = &chain->stages[0];
    const convoy_chain_map *output = &stage->output;
    const int64_t pitch = chain->lane_tiles.pitch;
    const int64_t tile_floats = output->width / stage->tiles.count * output->channels;
    int64_t row = first / pitch;
    int64_t tile = first % pitch;
    for (int64_t lane = 0; lane < chain->lanes; lane++) {
        float *to = y + ((output->pad_top + row) * output->padded_width + output->pad_left) * output->channels;
        places[lane] = tile < stage->tiles.count && row < output->height ? to + tile * tile_floats : NULL;
        if (++tile == pitch) {
            tile = 0;
            row++;
        }
    }
}

/* From [window of a tile][channel][flat] to pixels. */
static void place(const convoy_call *call, const convoy_chain *chain, const float *x, float *y) {
    const convoy_chain_stage *stage = &chain->stages[0];
    const int64_t count = chain->lane_tiles.count;
    for (int64_t first = 0; first < count; first += chain->lanes) {
        float *places[CONVOY_MOST_LANES];
        place_lanes(chain, first, y, places);
        call->kernels->lanes_to_pixels(x + first, (ptrdiff_t)count, places,
                                       (ptrdiff_t)(stage->output.width / stage->tiles.count * stage->channels));
    }
}

void convoy_chain_run_lane_tiles(const convoy_call *call, const convoy_chain *chain, const float *x, float *scratch,
                                 float *y) {
    const convoy_chain_lane_tiles *tiles = &chain->lane_tiles;
    const convoy_chain_stage *stage = &chain->stages[0];
    const int64_t outputs = stage->tiles.outputs;
    const int64_t points = stage->tiles.points;
    const int64_t channel_floats = tiles->phases_h * tiles->count;
    float *values = scratch + tiles->phases_h * outputs * tiles->plane + CONVOY_MOST_LANES;
    float *products = values + tiles->phases_h * points * tiles->plane;
    float *made = products + CONVOY_LANE_TILE_CHANNELS * points * channel_floats;
    float *pooled = made + CONVOY_LANE_TILE_CHANNELS * outputs * channel_floats;
    split_input(call, chain, x, scratch);
    evaluate(call, chain, scratch, values);
    for (int64_t channel = 0; channel < stage->channels; channel += CONVOY_LANE_TILE_CHANNELS) {
        const int64_t channels = convoy_min(CONVOY_LANE_TILE_CHANNELS, stage->channels - channel);
        float *of_channels = pooled + channel * tiles->count;
        const convoy_lanes_job job = {
            .x = values,
            .plane = (ptrdiff_t)tiles->plane,
            .pitch = (ptrdiff_t)tiles->pitch,
            .phases = (int32_t)tiles->phases_h,
            .segments = stage->convolution->kernel_h,
            .count = (ptrdiff_t)tiles->count,
            .channels = (ptrdiff_t)channels,
            .weights = call->packed + stage->weights + channel,
            .weight_stride = (ptrdiff_t)stage->weight_stride,
            .bias = call->bias != NULL ? call->bias + stage->bias + channel : NULL,
            .products = products,
            .y = made,
            .points = (int32_t)points,
            .outputs = (int32_t)outputs,
        };
        call->kernels->convolve_lanes(&job);
        call->kernels->activate(made, made, (ptrdiff_t)(channels * outputs * channel_floats),
                                stage->convolution->activation);
        for (int64_t i = 0; i < channels; i++) {
            pool_channel(call, chain, made + i * outputs * channel_floats, of_channels + i * tiles->count);
        }
    }
    place(call, chain, pooled, y);
}
