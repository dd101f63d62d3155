/* The stages of a chain, and the scratch they need; chain.c explains them. */
#include "chain/chain_stages.h"

#include "activation/activation_job.h"
#include "core/arithmetic.h"

#include <string.h>

/* Floats: half of a second-level cache of 1 MiB for the maps of a micro-batch, and as much for the weights of all
 * layers. */
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

/* Nothing overflows: the extents have 16 bits, kernels 8, and chains too large are given up at once. */
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
    if (convoy_max(stage->depth * positions, reach) > CONVOY_MOST_COLUMN_INDIRECTION || with_columns >= with_channels) {
        return;
    }
    convoy_chain_columns *columns = &chain->columns;
    columns->phases = convolution->stride_w * (pool != NULL ? pool->stride_w : 1);
    columns->pitch = convoy_ceil_div(stage->input.padded_width, columns->phases);
    columns->phase_floats = stage->input.padded_height * columns->pitch;
    columns->positions = positions;
    columns->elements = stage->depth;
    /* the last vector reaches beyond the last row; behind the phases are the vectors of all positions, and their pool
     */
    columns->floats = convoy_round_up(columns->phases * columns->phase_floats + chain->lanes, chain->lanes) +
                      (positions + 1) * stage->channels * chain->lanes;
}

int64_t convoy_chain_rows_floats(const convoy_chain_stage *stage, int64_t rows) {
    return convoy_round_up(rows * stage->width * stage->channels, CONVOY_MOST_LANES);
}

int64_t convoy_chain_values_floats(const convoy_chain *chain, const convoy_chain_stage *stage, int64_t width) {
    const bool in_rows = width == 1 && chain->rows.is_next && stage == &chain->stages[1];
    const int64_t rows = in_rows ? chain->rows.count : stage->input.padded_height;
    return convoy_round_up(rows * stage->tiles.count * stage->tiles.points * stage->input.channels, CONVOY_MOST_LANES);
}

/*
 * What a stage needs beside its maps, of an image, for so many rows of its convolution at a time: those rows where they
 * are pooled, a bias for each channel, the values of the whole input at the points, and the rows' results there.
 */
static int64_t buffer_floats(const convoy_chain *chain, const convoy_chain_stage *stage, int64_t rows, int64_t width) {
    const bool is_pooled = stage->convolution != NULL && stage->pool != NULL;
    const int64_t pooled = is_pooled ? convoy_chain_rows_floats(stage, rows) : 0;
    if (stage->tiles.points == 0) {
        return pooled;
    }
    const int64_t results = rows * stage->tiles.count * stage->tiles.points * stage->channels;
    return pooled + stage->weight_stride + convoy_chain_values_floats(chain, stage, width) +
           convoy_round_up(results, CONVOY_MOST_LANES);
}

/* Rows that one window of the pooling takes must be all that neighbours it. */
static bool can_have_rows(const convoy_chain_stage *stage) {
    const convoy_chain_layer_state *pool = stage->pool;
    return stage->tiles.points > 0 && stage->input.channels == 1 && stage->convolution->stride_h == 1 &&
           (pool == NULL || pool->kernel_h == pool->stride_h);
}

static void open_rows(convoy_chain *chain) {
    const convoy_chain_stage *stage = &chain->stages[0];
    if (!can_have_rows(stage)) {
        return;
    }
    convoy_chain_rows *rows = &chain->rows;
    rows->phases = stage->pool != NULL ? stage->pool->kernel_h : 1;
    rows->plane = convoy_round_up(convoy_ceil_div(stage->input.padded_height, rows->phases), CONVOY_MOST_LANES);
    rows->count = convoy_round_up(stage->output.height, CONVOY_MOST_LANES);
    const int64_t tile_rows = stage->tiles.count * stage->tiles.points * rows->phases;
    /* the last window's rows may lie behind the last plane */
    const int64_t behind = convoy_round_up(stage->convolution->kernel_h + CONVOY_MOST_LANES, CONVOY_MOST_LANES);
    rows->input_floats = stage->input.padded_width * rows->phases * rows->plane;
    rows->values_floats = tile_rows * rows->plane + behind;
    rows->results_floats = CONVOY_ROWS_CHANNELS * (tile_rows + 1) * rows->count; /* and the bias */
    rows->made_floats = CONVOY_ROWS_CHANNELS * rows->phases * stage->width * rows->count;
    const int64_t output_floats = stage->output.width * stage->channels * rows->count;
    rows->floats = rows->input_floats + rows->values_floats + rows->results_floats + rows->made_floats + output_floats;
    const convoy_chain_stage *next = chain->stage_count > 1 ? &chain->stages[1] : NULL;
    rows->is_next = next != NULL && next->tiles.points > 0 && stage->output.padded_height == stage->output.height &&
                    stage->output.padded_width == stage->output.width;
    if (rows->is_next) {
        chain->map_floats[1] = convoy_max(chain->map_floats[1], output_floats);
        chain->image_buffer = convoy_max(chain->image_buffer, buffer_floats(chain, next, next->height, 1));
    }
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

/* Sizes the scratch for one more stage. */
static int32_t reserve(convoy_chain *chain) {
    const int64_t last = chain->stage_count - 1;
    const convoy_chain_stage *stage = &chain->stages[last];
    int64_t *input = &chain->map_floats[last % 2];
    int64_t *output = &chain->map_floats[(last + 1) % 2];
    *input = convoy_max(*input, map_floats(&stage->input));
    *output = convoy_max(*output, map_floats(&stage->output));
    chain->micro_batch_buffer =
        convoy_max(chain->micro_batch_buffer, buffer_floats(chain, stage, stage->block_height, chain->lanes));
    chain->image_buffer = convoy_max(chain->image_buffer, buffer_floats(chain, stage, stage->height, 1));
    return convoy_chain_micro_batch_floats(chain) > MOST_SCRATCH ? CONVOY_UNSUPPORTED : CONVOY_OK;
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
    open_rows(chain);
    return convoy_chain_image_floats(chain) > MOST_SCRATCH ? CONVOY_UNSUPPORTED : CONVOY_OK;
}

int64_t convoy_chain_micro_batch_floats(const convoy_chain *chain) {
    return (chain->map_floats[0] + chain->map_floats[1] + chain->micro_batch_buffer) * chain->lanes;
}

int64_t convoy_chain_image_floats(const convoy_chain *chain) {
    return chain->map_floats[0] + chain->map_floats[1] + chain->image_buffer + chain->columns.floats +
           chain->rows.floats;
}

void convoy_chain_activate(const convoy_kernels *kernels, const convoy_chain_layer_state *layer, float *y, int64_t rows,
                           int64_t row_stride, int64_t row_floats) {
    if (layer->activation == CONVOY_ACTIVATION_NONE) {
        return;
    }
    const convoy_activation_job job = {
        .x = y,
        .y = y,
        .rows = (ptrdiff_t)rows,
        .row_stride = (ptrdiff_t)row_stride,
        .count = (ptrdiff_t)row_floats,
        .activation = {.kind = layer->activation, .alpha = layer->alpha, .beta = layer->beta},
    };
    kernels->activate(&job);
}

convoy_pool_function *convoy_chain_pool_kernel(const convoy_kernels *kernels, const convoy_chain_layer_state *layer) {
    switch (layer->kind) {
    case CONVOY_CHAIN_MAX_POOL:
        return kernels->pool_max;
    case CONVOY_CHAIN_AVERAGE_POOL:
        return kernels->pool_average;
    }
    return NULL; /* no pooling: no stage has such a layer */
}
