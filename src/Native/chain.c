/* Planning and packing chains; chain.h explains them. */
#include "chain.h"

/* Floats: half of a second-level cache of 1 MiB for the maps of a group, and as much for the weights of all layers. */
enum { MOST_SCRATCH = 128 * 1024, MOST_WEIGHTS = 128 * 1024 };

/* Multiply-adds of an image: some 50 microseconds of one core, no more than dividing every layer would cost. */
enum { MOST_MULTIPLY_ADDS = 3 * 1024 * 1024 };

/* Largest extents that the packed state holds. */
enum { MOST_EXTENT = UINT16_MAX, MOST_WINDOW = UINT8_MAX };

/* Images that are grouped; a smaller batch is divided between threads image by image. */
enum { GROUPS_WANTED = 2 };

static bool is_pool(const convoy_chain_layer_state *layer) {
    return layer->kind == CONVOY_CHAIN_MAX_POOL || layer->kind == CONVOY_CHAIN_AVERAGE_POOL;
}

static int64_t round_up(int64_t value, int64_t multiple) {
    return convoy_ceil_div(value, multiple) * multiple;
}

/* Checks a layer's fields by themselves. */
static int32_t check_layer(const convoy_chain_layer *layer, bool is_last) {
    if (layer->kind == CONVOY_CHAIN_SOFTMAX) {
        return is_last ? CONVOY_OK : CONVOY_BAD_VALUE;
    }
    if (layer->kind < CONVOY_CHAIN_CONVOLUTION || layer->kind > CONVOY_CHAIN_SOFTMAX) {
        return CONVOY_BAD_VALUE;
    }
    const bool is_convolution = layer->kind == CONVOY_CHAIN_CONVOLUTION;
    const int32_t window[] = {layer->kernel_h, layer->kernel_w, layer->stride_h, layer->stride_w};
    const int32_t padding[] = {layer->pad_top, layer->pad_left, layer->pad_bottom, layer->pad_right};
    bool is_small = true;
    for (size_t i = 0; i < 4; i++) {
        if (!convoy_is_extent(window[i]) || (is_convolution && !convoy_is_padding(padding[i]))) {
            return CONVOY_BAD_VALUE;
        }
        is_small &= window[i] <= MOST_WINDOW && (!is_convolution || padding[i] <= MOST_WINDOW);
    }
    if (is_convolution) {
        if (!convoy_is_extent(layer->out_channels) || !convoy_is_activation(layer->activation)) {
            return CONVOY_BAD_VALUE;
        }
        is_small &= layer->out_channels <= MOST_EXTENT;
    }
    return is_small ? CONVOY_OK : CONVOY_UNSUPPORTED;
}

/* The fields have been checked to fit. */
static convoy_chain_layer_state pack_layer(const convoy_chain_layer *layer) {
    convoy_chain_layer_state state = {.kind = (uint8_t)layer->kind};
    if (layer->kind == CONVOY_CHAIN_SOFTMAX) {
        return state;
    }
    state.kernel_h = (uint8_t)layer->kernel_h;
    state.kernel_w = (uint8_t)layer->kernel_w;
    state.stride_h = (uint8_t)layer->stride_h;
    state.stride_w = (uint8_t)layer->stride_w;
    if (layer->kind == CONVOY_CHAIN_CONVOLUTION) {
        state.out_channels = (uint16_t)layer->out_channels;
        state.activation = (uint8_t)layer->activation;
        state.pad_top = (uint8_t)layer->pad_top;
        state.pad_left = (uint8_t)layer->pad_left;
        state.pad_bottom = (uint8_t)layer->pad_bottom;
        state.pad_right = (uint8_t)layer->pad_right;
    }
    return state;
}

static int32_t pack_state(const convoy_chain_desc *desc, convoy_chain_state *state) {
    if (!convoy_is_extent(desc->height) || !convoy_is_extent(desc->width) || !convoy_is_extent(desc->channels) ||
        desc->layer_count < 1 || desc->layer_count > CONVOY_CHAIN_LAYERS) {
        return CONVOY_BAD_VALUE;
    }
    const bool is_small = desc->height <= MOST_EXTENT && desc->width <= MOST_EXTENT && desc->channels <= MOST_EXTENT;
    int32_t status = is_small ? CONVOY_OK : CONVOY_UNSUPPORTED;
    for (int32_t i = 0; i < desc->layer_count; i++) {
        const int32_t of_layer = check_layer(&desc->layers[i], i > 0 && i == desc->layer_count - 1);
        if (of_layer == CONVOY_BAD_VALUE) {
            return of_layer;
        }
        status = status == CONVOY_OK ? of_layer : status;
    }
    if (status != CONVOY_OK) {
        return status;
    }
    state->height = (uint16_t)desc->height;
    state->width = (uint16_t)desc->width;
    state->channels = (uint16_t)desc->channels;
    state->layer_count = (uint8_t)desc->layer_count;
    for (int32_t i = 0; i < desc->layer_count; i++) {
        state->layers[i] = pack_layer(&desc->layers[i]);
    }
    return CONVOY_OK;
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
    return map->padded_height * map->padded_width * map->channels;
}

/* No product overflows: the extents have 16 bits, kernels 8, and chains too large are given up at once. */
static int32_t open_convolution(convoy_chain *chain, convoy_chain_stage *stage) {
    const convoy_chain_layer_state *layer = stage->convolution;
    stage->height = count_windows(stage->input.padded_height, layer->kernel_h, layer->stride_h);
    stage->width = count_windows(stage->input.padded_width, layer->kernel_w, layer->stride_w);
    stage->channels = layer->out_channels;
    stage->depth = stage->input.channels * layer->kernel_h * layer->kernel_w;
    stage->weight_stride = round_up(stage->channels, chain->lanes);
    stage->weights = chain->packed_floats;
    stage->bias = chain->bias_count;
    chain->packed_floats += stage->depth * stage->weight_stride;
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
    stage->output.height = count_windows(stage->height, layer->kernel_h, layer->stride_h);
    stage->output.width = count_windows(stage->width, layer->kernel_w, layer->stride_w);
    if (stage->convolution != NULL) {
        const bool overlaps = layer->kernel_h > layer->stride_h;
        stage->block_rows = overlaps ? stage->output.height : 1;
        stage->buffer_floats = (overlaps ? stage->height : layer->kernel_h) * stage->width * stage->channels;
    }
}

/*
 * The vectors that lie idle decide: those of the channels, where there are fewer than lanes, or those at a row's end.
 * Only one input channel's columns lie side by side.
 */
static void open_columns(convoy_chain *chain) {
    const convoy_chain_stage *stage = &chain->stages[0];
    const convoy_chain_layer_state *convolution = stage->convolution;
    const convoy_chain_layer_state *pool = stage->pool;
    if (convolution == NULL || stage->input.channels > 1 || (pool != NULL && pool->kernel_h > pool->stride_h)) {
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
    /* the last vector reaches beyond the last row; behind the phases are the vectors of all positions, and their pool */
    columns->floats = round_up(columns->phases * columns->phase_floats + chain->lanes, chain->lanes) +
                      (positions + 1) * stage->channels * chain->lanes;
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
    chain->buffer_floats = convoy_max(chain->buffer_floats, stage->buffer_floats);
    return convoy_chain_group_floats(chain) > MOST_SCRATCH ? CONVOY_UNSUPPORTED : CONVOY_OK;
}

int32_t convoy_chain_open(const convoy_chain_state *state, convoy_chain *chain) {
    *chain = (convoy_chain){.lanes = state->lanes};
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
    return convoy_chain_image_floats(chain) > MOST_SCRATCH ? CONVOY_UNSUPPORTED : CONVOY_OK;
}

int64_t convoy_chain_group_floats(const convoy_chain *chain) {
    return (chain->map_floats[0] + chain->map_floats[1] + chain->buffer_floats) * chain->lanes;
}

int64_t convoy_chain_image_floats(const convoy_chain *chain) {
    return chain->map_floats[0] + chain->map_floats[1] + chain->buffer_floats + chain->columns.floats;
}

int32_t convoy_plan_chain(const convoy_chain_desc *desc, convoy_plan *plan) {
    int32_t status = convoy_plan_check(desc, sizeof *desc, plan);
    if (status != CONVOY_OK) {
        return status;
    }
    convoy_draft draft;
    status = convoy_plan_begin(&draft, CONVOY_OP_CHAIN, desc->isa, desc->batch);
    if (status != CONVOY_OK) {
        return status;
    }
    convoy_chain_state *state = &draft.internals.state.chain;
    status = pack_state(desc, state);
    if (status != CONVOY_OK) {
        return status;
    }
    state->lanes = (uint8_t)draft.kernels->lanes;
    convoy_chain chain;
    status = convoy_chain_open(state, &chain);
    if (status != CONVOY_OK) {
        return status;
    }
    const convoy_chain_map *output = &chain.stages[chain.stage_count - 1].output;
    draft.plan.algorithm = CONVOY_ALGORITHM_LANES;
    draft.plan.input_image_bytes = convoy_image_bytes(&draft, desc->height, desc->width, desc->channels, sizeof(float));
    draft.plan.output_image_bytes =
        convoy_image_bytes(&draft, output->height, output->width, output->channels, sizeof(float));
    draft.plan.weight_count = (uint64_t)chain.weight_count;
    draft.plan.packed_bytes = (uint64_t)chain.packed_floats * sizeof(float);
    draft.plan.bias_count = (uint64_t)chain.bias_count;
    draft.plan.scratch_bytes =
        (uint64_t)convoy_max(convoy_chain_group_floats(&chain), convoy_chain_image_floats(&chain)) * sizeof(float);
    draft.internals.units_per_image = 1;
    draft.internals.units_per_step = desc->batch >= GROUPS_WANTED * chain.lanes ? chain.lanes : 1;
    draft.internals.items_per_step = 1;
    return convoy_plan_seal(&draft, plan);
}

/* [channels][in channels][kernel] to [kernel][in channels][weight_stride], zeros where there is no channel. */
static void pack_stage(const convoy_chain_stage *stage, const float *weights, float *packed) {
    const int64_t inner = stage->input.channels;
    const int64_t spatial = stage->depth / inner;
    for (int64_t s = 0; s < spatial; s++) {
        for (int64_t c = 0; c < inner; c++) {
            for (int64_t channel = 0; channel < stage->weight_stride; channel++) {
                *packed++ =
                    channel < stage->channels ? weights[channel * stage->depth + c * spatial + s] : 0.0f;
            }
        }
    }
}

void convoy_chain_pack(const convoy_internals *internals, const float *weights, float *packed) {
    convoy_chain chain;
    convoy_chain_open(&internals->state.chain, &chain);
    for (int64_t i = 0; i < chain.stage_count; i++) {
        const convoy_chain_stage *stage = &chain.stages[i];
        if (stage->convolution != NULL) {
            pack_stage(stage, weights, packed + stage->weights);
            weights += stage->depth * stage->channels;
        }
    }
}
