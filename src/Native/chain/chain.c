/*
 * A chain of small layers run as one operator. Layers that each take microseconds spend their time on being started and
 * on maps too narrow for vectors. Here a work item carries a micro-batch of images, side by side in the lanes of a
 * vector, through all layers, so that any shape fills the vectors and no map leaves the second-level cache. Images too
 * few to fill the lanes go one by one, with channels in the lanes, or neighbouring columns or rows where there are
 * hardly any channels (convolve_kernel.h, convolve_rows_kernel.h). All ways give the same bits.
 *
 * Layers are taken in stages: a convolution, a pooling, or a convolution with the pooling behind it, of which only the
 * rows that one row of windows needs are kept.
 */
#include "activation/activation.h"
#include "chain/chain_run.h"
#include "chain/chain_stages.h"
#include "chain/chain_tiles.h"
#include "core/arithmetic.h"
#include "core/geometry.h"
#include "plan/operator.h"
#include "plan/sizes.h"

/* Largest extents that the packed state holds. */
enum { MOST_EXTENT = UINT16_MAX, MOST_WINDOW = UINT8_MAX };

/* Full micro-batches a batch must have; a smaller one is divided between threads image by image. */
enum { MICRO_BATCHES_WANTED = 2 };

static_assert(CONVOY_CHAIN_COUNT == 4, "a kind of layer that chains do not know");

/* Checks a layer's fields by themselves. */
static int32_t check_layer(const convoy_chain_layer *layer, bool is_last) {
    if (layer->kind == CONVOY_CHAIN_SOFTMAX) {
        return is_last ? CONVOY_OK : CONVOY_BAD_VALUE;
    }
    if (layer->kind < CONVOY_CHAIN_CONVOLUTION || layer->kind >= CONVOY_CHAIN_COUNT) {
        return CONVOY_BAD_VALUE;
    }
    const bool is_convolution = layer->kind == CONVOY_CHAIN_CONVOLUTION;
    const convoy_window *window = &layer->window;
    if (!convoy_is_extent(window->kernel_h) || !convoy_is_extent(window->kernel_w) ||
        !convoy_is_extent(window->stride_h) || !convoy_is_extent(window->stride_w) ||
        (is_convolution && (!convoy_is_window(window) || !convoy_is_extent(layer->out_channels) ||
                            !convoy_is_activation(&layer->activation)))) {
        return CONVOY_BAD_VALUE;
    }
    const bool is_small = window->kernel_h <= MOST_WINDOW && window->kernel_w <= MOST_WINDOW &&
                          window->stride_h <= MOST_WINDOW && window->stride_w <= MOST_WINDOW &&
                          (!is_convolution || (window->pad_top <= MOST_WINDOW && window->pad_left <= MOST_WINDOW &&
                                               window->pad_bottom <= MOST_WINDOW && window->pad_right <= MOST_WINDOW &&
                                               layer->out_channels <= MOST_EXTENT));
    const bool has_slopes = is_convolution && convoy_activation_has_slopes(layer->activation.kind);
    return is_small && !has_slopes ? CONVOY_OK : CONVOY_UNSUPPORTED;
}

/* The fields have been checked to fit. */
static convoy_chain_layer_state pack_layer(const convoy_chain_layer *layer) {
    convoy_chain_layer_state state = {.kind = (uint8_t)layer->kind};
    if (layer->kind == CONVOY_CHAIN_SOFTMAX) {
        return state;
    }
    state.kernel_h = (uint8_t)layer->window.kernel_h;
    state.kernel_w = (uint8_t)layer->window.kernel_w;
    state.stride_h = (uint8_t)layer->window.stride_h;
    state.stride_w = (uint8_t)layer->window.stride_w;
    if (layer->kind == CONVOY_CHAIN_CONVOLUTION) {
        state.out_channels = (uint16_t)layer->out_channels;
        state.activation = (uint8_t)layer->activation.kind;
        state.alpha = layer->activation.alpha;
        state.beta = layer->activation.beta;
        state.pad_top = (uint8_t)layer->window.pad_top;
        state.pad_left = (uint8_t)layer->window.pad_left;
        state.pad_bottom = (uint8_t)layer->window.pad_bottom;
        state.pad_right = (uint8_t)layer->window.pad_right;
    }
    return state;
}

static int32_t pack_state(const convoy_chain_desc *desc, convoy_chain_state *state) {
    if (!convoy_is_image(desc->input) || desc->layer_count < 1 || desc->layer_count > CONVOY_CHAIN_LAYERS) {
        return CONVOY_BAD_VALUE;
    }
    const bool is_small =
        desc->input.height <= MOST_EXTENT && desc->input.width <= MOST_EXTENT && desc->input.channels <= MOST_EXTENT;
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
    state->height = (uint16_t)desc->input.height;
    state->width = (uint16_t)desc->input.width;
    state->channels = (uint16_t)desc->input.channels;
    state->layer_count = (uint8_t)desc->layer_count;
    for (int32_t i = 0; i < desc->layer_count; i++) {
        state->layers[i] = pack_layer(&desc->layers[i]);
    }
    return CONVOY_OK;
}

/* Tiles for the convolutions that gain by them, unless the chain then becomes too large. */
static int32_t choose_tiles(convoy_chain_state *state, convoy_chain *chain) {
    const convoy_chain_state direct = *state;
    const convoy_chain before = *chain;
    for (int64_t i = 0; i < before.stage_count; i++) {
        const convoy_chain_layer_state *layer = before.stages[i].convolution;
        if (layer != NULL) {
            state->layers[layer - state->layers].points = convoy_chain_choose_points(&before.stages[i]);
        }
    }
    if (convoy_chain_open(state, chain) == CONVOY_OK) {
        return CONVOY_OK;
    }
    *state = direct;
    return convoy_chain_open(state, chain);
}

static int32_t plan(convoy_draft *draft, const void *descriptor) {
    const convoy_chain_desc *desc = descriptor;
    convoy_chain_state *state = convoy_draft_state(draft);
    int32_t status = pack_state(desc, state);
    if (status != CONVOY_OK) {
        return status;
    }
    state->lanes = (uint8_t)draft->kernels->lanes;
    convoy_chain chain;
    status = convoy_chain_open(state, &chain);
    if (status != CONVOY_OK) {
        return status;
    }
    status = choose_tiles(state, &chain);
    if (status != CONVOY_OK) {
        return status;
    }
    const convoy_chain_map *output = &chain.stages[chain.stage_count - 1].output;
    draft->plan.algorithm = CONVOY_ALGORITHM_LANES;
    draft->plan.input_image_bytes = convoy_map_bytes(draft, desc->input);
    draft->plan.output_image_bytes =
        convoy_image_bytes(draft, output->height, output->width, output->channels, sizeof(float));
    draft->plan.weight_count = (uint64_t)chain.weight_count;
    draft->plan.packed_bytes = (uint64_t)chain.packed_floats * sizeof(float);
    draft->plan.bias_count = (uint64_t)chain.bias_count;
    draft->plan.scratch_bytes =
        (uint64_t)convoy_max(convoy_chain_micro_batch_floats(&chain), convoy_chain_image_floats(&chain)) *
        sizeof(float);
    draft->internals.units_per_image = 1;
    draft->internals.units_per_step = desc->header.batch >= MICRO_BATCHES_WANTED * chain.lanes ? chain.lanes : 1;
    draft->internals.items_per_step = 1;
    return CONVOY_OK;
}

/* [channels][in channels][kernel] to [kernel][in channels][weight_stride], zeros where there is no channel. */
static void pack_stage(const convoy_chain_stage *stage, const float *weights, float *packed) {
    const int64_t inner = stage->input.channels;
    const int64_t spatial = stage->depth / inner;
    for (int64_t s = 0; s < spatial; s++) {
        for (int64_t c = 0; c < inner; c++) {
            for (int64_t channel = 0; channel < stage->weight_stride; channel++) {
                *packed++ = channel < stage->channels ? weights[channel * stage->depth + c * spatial + s] : 0.0f;
            }
        }
    }
}

static void pack(const convoy_internals *internals, const float *weights, void *packed) {
    convoy_chain chain;
    convoy_chain_open(convoy_state_of(internals), &chain);
    for (int64_t i = 0; i < chain.stage_count; i++) {
        const convoy_chain_stage *stage = &chain.stages[i];
        if (stage->convolution != NULL) {
            float *to = (float *)packed + stage->weights;
            if (stage->tiles.points > 0) {
                convoy_chain_pack_tiles(stage, weights, to);
            } else {
                pack_stage(stage, weights, to);
            }
            weights += stage->depth * stage->channels;
        }
    }
}

/* Those of the convolutions. Lanes that a few images leave empty are not counted: how many they are is the ranges'. */
static void work_of(const convoy_internals *internals, int64_t images, int32_t phase, convoy_work *work) {
    convoy_chain chain;
    convoy_chain_open(convoy_state_of(internals), &chain);
    double multiply_adds = 0;
    for (int64_t i = 0; i < chain.stage_count; i++) {
        if (chain.stages[i].convolution != NULL) {
            multiply_adds += convoy_chain_multiply_adds(&chain.stages[i]);
        }
    }
    (void)phase;
    work->operations = 2.0 * (double)images * multiply_adds;
}

const convoy_operator convoy_chain_operator = {
    .plan = plan,
    .pack = pack,
    .run = convoy_chain_run,
    .work = work_of,
};
