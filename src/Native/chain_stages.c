/* The stages of a chain, and the scratch they need; chain.h explains them. */
#include "chain.h"

#include <string.h>

/* Floats: half of a second-level cache of 1 MiB for the maps of a group, and as much for the weights of all layers. */
enum { MOST_SCRATCH = 128 * 1024, MOST_WEIGHTS = 128 * 1024 };

/* Multiply-adds of an image: some 50 microseconds of one core, no more than dividing every layer would cost. */
enum { MOST_MULTIPLY_ADDS = 3 * 1024 * 1024 };

static bool is_pool(const convoy_chain_layer_state *layer) {
    return layer->kind == CONVOY_CHAIN_MAX_POOL || layer->kind == CONVOY_CHAIN_AVERAGE_POOL;
}

/* Windows of an axis; 0 where none fits. */
static int64_t count_windows(int64_t extent, int64_t kernel, int64_t stride) {
    return extent < kernel ? 0 : (extent - kernel) / stride + 1;
}

/* Gives a map the padding of the layer that reads it. */
static void pad_map(convoy_chain_map *map, const convoy_chain_layer_state *reader) {
    const bool is_padded = reader != NULL && reader->kind == CONVOY_CHAIN_CONVOLUTION;
    map->pad_top = is_padded ? reader->pad_top : 0;
    map->pad_left = is_padded ? reader->pad_left : 0;
    map->padded_height = map->height + map->pad_top + (is_padded ? reader->pad_bottom : 0);
    map->padded_width = map->width + map->pad_left + (is_padded ? reader->pad_right : 0);
}

static int64_t map_floats(const convoy_chain_map *map) {
    return convoy_round_up(map->padded_height * map->padded_width * map->channels, CONVOY_MOST_LANES);
}

/* No product overflows: the extents have 16 bits, kernels 8, and chains too large are given up at once. */
static int32_t open_convolution(convoy_chain *chain, convoy_chain_stage *stage) {
    const convoy_chain_layer_state *layer = stage->convolution;
    stage->height = count_windows(stage->input.padded_height, layer->kernel_h, layer->stride_h);
    stage->width = count_windows(stage->input.padded_width, layer->kernel_w, layer->stride_w);
    stage->channels = layer->out_channels;
    stage->depth = stage->input.channels * layer->kernel_h * layer->kernel_w;
    stage->weight_stride = convoy_round_up(stage->channels, chain->lanes);
    stage->weights = chain->packed_floats;
    stage->bias = chain->bias_count;
    const int64_t column_depth = stage->input.channels * layer->kernel_h;
    if (layer->points > 0) {
        stage->tiles.points = layer->points;
        stage->tiles.outputs = layer->points - layer->kernel_w + 1;
        stage->tiles.count = convoy_ceil_div(stage->width, stage->tiles.outputs);
    }
    chain->packed_floats += column_depth * stage->weight_stride * (layer->points > 0 ? layer->points : layer->kernel_w);
    chain->weight_count += stage->depth * stage->channels;
    chain->bias_count += stage->channels;
    if (chain->packed_floats > MOST_WEIGHTS) {
        return CONVOY_UNSUPPORTED;
    }
    chain->multiply_adds += stage->height * stage->width * stage->channels * stage->depth;
    return chain->multiply_adds > MOST_MULTIPLY_ADDS ? CONVOY_UNSUPPORTED : CONVOY_OK;
}

/* Where windows overlap, all rows are made before any is pooled, so that none is made twice. */
static void open_pool(convoy_chain_stage *stage) {
    const convoy_chain_layer_state *layer = stage->pool;
    const bool overlaps = layer->kernel_h > layer->stride_h;
    stage->output.height = count_windows(stage->height, layer->kernel_h, layer->stride_h);
    stage->output.width = count_windows(stage->width, layer->kernel_w, layer->stride_w);
    stage->block_rows = overlaps ? stage->output.height : 1;
    stage->block_height = overlaps ? stage->height : layer->kernel_h;
}

/*
 * The vectors that lie idle decide: those of the channels, where there are fewer than lanes, or those at a row's end.
 * Only one input channel's columns lie side by side.
 */
static void open_columns(convoy_chain *chain) {
    const convoy_chain_stage *stage = &chain->stages[0];
    const convoy_chain_layer_state *convolution = stage->convolution;
    const convoy_chain_layer_state *pool = stage->pool;
    if (convolution == NULL || convolution->points > 0 || stage->input.channels > 1 ||
        (pool != NULL && pool->kernel_h > pool->stride_h)) {
        return;
    }
    const int64_t positions = pool != NULL ? pool->kernel_h * pool->kernel_w : 1;
    const int64_t vectors_of_columns = stage->output.height * convoy_ceil_div(stage->output.width, chain->lanes);
    const int64_t with_columns = vectors_of_columns * positions * stage->channels;
    const int64_t with_channels = stage->height * stage->width * (stage->weight_stride / chain->lanes);
    const int64_t reach = (pool != NULL ? (pool->kernel_w - 1) * convolution->stride_w : 0) + convolution->kernel_w;
    if (convoy_max(stage->depth * positions, reach) > CONVOY_MOST_COLUMN_OFFSETS || with_columns >= with_channels) {
        return;
    }
    convoy_chain_columns *columns = &chain->columns;
    columns->phases = convolution->stride_w * (pool != NULL ? pool->stride_w : 1);
    columns->pitch = convoy_ceil_div(stage->input.padded_width, columns->phases);
    columns->phase_floats = stage->input.padded_height * columns->pitch;
    columns->positions = positions;
    columns->segments = stage->depth;
    /* the last vector reaches beyond the last row; behind the phases are the vectors of all positions, and their pool
     */
    columns->floats = convoy_round_up(columns->phases * columns->phase_floats + chain->lanes, chain->lanes) +
                      (positions + 1) * stage->channels * chain->lanes;
}

bool convoy_chain_can_lane_tiles(const convoy_chain_stage *stage, int64_t outputs) {
    const convoy_chain_layer_state *pool = stage->pool;
    const bool is_pool_whole = pool == NULL || (pool->kernel_h == pool->stride_h && pool->kernel_w == pool->stride_w &&
                                                outputs % pool->kernel_w == 0);
    return stage->input.channels == 1 && stage->convolution->stride_h == 1 && stage->convolution->stride_w == 1 &&
           stage->width % outputs == 0 && stage->input.padded_width % outputs == 0 && is_pool_whole;
}

/* In scratch: the phases, and what the last tile reads behind them; the values at the points; products and outputs of
 * some channels; what is pooled of all. */
static void open_lane_tiles(convoy_chain *chain) {
    const convoy_chain_stage *stage = &chain->stages[0];
    const int64_t outputs = stage->tiles.outputs;
    if (stage->tiles.points == 0 || !convoy_chain_can_lane_tiles(stage, outputs)) {
        return;
    }
    convoy_chain_lane_tiles *tiles = &chain->lane_tiles;
    tiles->phases_h = stage->pool != NULL ? stage->pool->kernel_h : 1;
    tiles->pitch = stage->input.padded_width / outputs;
    const int64_t rows = convoy_ceil_div(stage->input.padded_height, tiles->phases_h);
    tiles->count = convoy_round_up(stage->output.height * tiles->pitch, CONVOY_MOST_LANES);
    /* the last vector reaches beyond the last row */
    tiles->plane = convoy_round_up(rows * tiles->pitch + CONVOY_MOST_LANES, CONVOY_MOST_LANES);
    const int64_t planes = tiles->phases_h * (outputs + stage->tiles.points);
    const int64_t made = CONVOY_LANE_TILE_CHANNELS * tiles->phases_h * (outputs + stage->tiles.points);
    tiles->floats = planes * tiles->plane + CONVOY_MOST_LANES + (made + outputs * stage->channels) * tiles->count;
}

/* The stage that begins with a layer; *layer moves behind it. */
static int32_t open_stage(const convoy_chain_state *state, convoy_chain *chain, const convoy_chain_map *input,
                          int32_t *layer) {
    convoy_chain_stage *stage = &chain->stages[chain->stage_count++];
    *stage = (convoy_chain_stage){
        .input = *input, .height = input->height, .width = input->width, .channels = input->channels};
    if (!is_pool(&state->layers[*layer])) {
        stage->convolution = &state->layers[(*layer)++];
        const int32_t status = open_convolution(chain, stage);
        if (status != CONVOY_OK) {
            return status;
        }
    }
    stage->output = (convoy_chain_map){.height = stage->height, .width = stage->width, .channels = stage->channels};
    stage->block_rows = stage->output.height;
    stage->block_height = stage->height;
    if (*layer < state->layer_count && is_pool(&state->layers[*layer])) {
        stage->pool = &state->layers[(*layer)++];
        open_pool(stage);
    }
    pad_map(&stage->output, *layer < state->layer_count ? &state->layers[*layer] : NULL);
    return stage->output.height < 1 || stage->output.width < 1 ? CONVOY_BAD_VALUE : CONVOY_OK;
}

int64_t convoy_chain_rows_floats(const convoy_chain_stage *stage, int64_t rows) {
    return convoy_round_up(rows * stage->width * stage->channels, CONVOY_MOST_LANES);
}

int64_t convoy_chain_values_floats(const convoy_chain_stage *stage) {
    const int64_t floats =
        stage->input.padded_height * stage->tiles.count * stage->tiles.points * stage->input.channels;
    return convoy_round_up(floats, CONVOY_MOST_LANES);
}

int64_t convoy_chain_products_floats(const convoy_chain_stage *stage, int64_t rows) {
    return convoy_round_up(rows * stage->tiles.count * stage->tiles.points * stage->channels, CONVOY_MOST_LANES);
}

int64_t convoy_chain_buffer_floats(const convoy_chain_stage *stage, int64_t rows) {
    const bool is_pooled = stage->convolution != NULL && stage->pool != NULL;
    const int64_t pooled = is_pooled ? convoy_chain_rows_floats(stage, rows) : 0;
    const int64_t bias = stage->tiles.points > 0 ? stage->weight_stride : 0;
    return pooled + bias + convoy_chain_values_floats(stage) + convoy_chain_products_floats(stage, rows);
}

/* Sizes the scratch for one more stage. */
static int32_t reserve(convoy_chain *chain) {
    const int64_t last = chain->stage_count - 1;
    const convoy_chain_stage *stage = &chain->stages[last];
    int64_t *input = &chain->map_floats[last % 2];
    int64_t *output = &chain->map_floats[(last + 1) % 2];
    *input = convoy_max(*input, map_floats(&stage->input));
    *output = convoy_max(*output, map_floats(&stage->output));
    chain->group_buffer = convoy_max(chain->group_buffer, convoy_chain_buffer_floats(stage, stage->block_height));
    chain->image_buffer = convoy_max(chain->image_buffer, convoy_chain_buffer_floats(stage, stage->height));
    return convoy_chain_group_floats(chain) > MOST_SCRATCH ? CONVOY_UNSUPPORTED : CONVOY_OK;
}

int32_t convoy_chain_open(const convoy_chain_state *state, convoy_chain *chain) {
    memset(chain, 0,
           offsetof(convoy_chain, stages)); /* a stage is cleared when it begins: a run of one image would notice */
    chain->lanes = state->lanes;
    const convoy_chain_layer_state *last = &state->layers[state->layer_count - 1];
    chain->has_softmax = last->kind == CONVOY_CHAIN_SOFTMAX;
    convoy_chain_map map = {.height = state->height, .width = state->width, .channels = state->channels};
    pad_map(&map, &state->layers[0]);
    for (int32_t layer = 0; layer < state->layer_count - (chain->has_softmax ? 1 : 0);) {
        int32_t status = open_stage(state, chain, &map, &layer);
        if (status == CONVOY_OK) {
            status = reserve(chain);
        }
        if (status != CONVOY_OK) {
            return status;
        }
        map = chain->stages[chain->stage_count - 1].output;
    }
    open_columns(chain);
    open_lane_tiles(chain);
    return convoy_chain_image_floats(chain) > MOST_SCRATCH ? CONVOY_UNSUPPORTED : CONVOY_OK;
}

int64_t convoy_chain_group_floats(const convoy_chain *chain) {
    return (chain->map_floats[0] + chain->map_floats[1] + chain->group_buffer) * chain->lanes;
}

int64_t convoy_chain_image_floats(const convoy_chain *chain) {
    return chain->map_floats[0] + chain->map_floats[1] + chain->image_buffer + chain->columns.floats +
           chain->lane_tiles.floats;
}
