/*
 * Fully connected layer: the GEMM of the images with the weights. A work item is a packed panel of outputs over many
 * images, so that a batch reads each weight once; only a layer of few outputs divides its images too. Neighbouring
 * items of a call are computed together: of many images, their panels pass over a block of the inputs while it is in
 * the cache.
 */
#include "plan/operator.h"

#include "activation/activation.h"
#include "core/arithmetic.h"
#include "core/geometry.h"
#include "gemm/gemm_run.h"
#include "gemm/weight_format.h"
#include "plan/sizes.h"

/* Panels that pass over a block of inputs: it is read from further away a quarter as often. */
enum { PANELS_TOGETHER = 4 };

/* Images of an item: many register tiles, yet few enough for a block of their inputs to stay in the cache. */
enum { MANY_IMAGES = 240, FEW_IMAGES = 48 };

/* Fewer panels than these are too few items for a machine's cores: their images are divided too. */
enum { FEW_PANELS = 16 };

typedef struct dense_state {
    convoy_gemm gemm;
    int64_t tile_images;           /* of a work item */
    int32_t may_be_exponent_coded; /* the weights */
} dense_state;

CONVOY_STATE_FITS(dense_state);

static int32_t plan(convoy_draft *draft, const void *descriptor) {
    const convoy_dense_desc *desc = descriptor;
    if (!convoy_is_image(desc->input) || !convoy_is_extent(desc->out_features) ||
        !convoy_is_activation(&desc->activation) || !convoy_is_weight_format(desc->weight_format)) {
        return CONVOY_BAD_VALUE;
    }

    draft->plan.algorithm = CONVOY_ALGORITHM_DIRECT;
    dense_state *state = convoy_draft_state(draft);
    convoy_gemm *gemm = &state->gemm;
    gemm->channels = desc->out_features;
    gemm->spatial = (int64_t)desc->input.height * desc->input.width;
    gemm->inner = desc->input.channels;
    gemm->run_length = gemm->spatial * gemm->inner;
    gemm->activation = desc->activation;
    gemm->weight_format = desc->weight_format;
    convoy_gemm_plan(draft->kernels, gemm);
    state->tile_images = convoy_min(draft->plan.batch, gemm->panels < FEW_PANELS ? FEW_IMAGES : MANY_IMAGES);
    draft->internals.units_per_image = 1;
    draft->internals.units_per_step = state->tile_images;
    draft->internals.items_per_step = gemm->panels;

    draft->plan.input_image_bytes = convoy_map_bytes(draft, desc->input);
    draft->plan.output_image_bytes = (uint64_t)desc->out_features * sizeof(float);
    draft->plan.bias_count = (uint64_t)desc->out_features;
    draft->plan.slope_count = convoy_activation_has_slopes(desc->activation.kind) ? draft->plan.bias_count : 0;
    draft->plan.weight_count = convoy_checked_mul(draft, (uint64_t)gemm->depth, (uint64_t)gemm->channels);
    draft->plan.packed_bytes = convoy_image_bytes(draft, gemm->depth, convoy_gemm_padded_channels(gemm), 1,
                                                  (uint64_t)convoy_weight_bytes(gemm->weight_format));
    /* Reading the weights is all that counts. */
    if (!draft->overflow && draft->plan.batch == 1 && convoy_exponent_coded_applies(gemm)) {
        state->may_be_exponent_coded = true;
        draft->plan.packed_bytes = convoy_exponent_coded_bytes(gemm);
    }
    draft->plan.scratch_bytes = (uint64_t)state->tile_images * sizeof(ptrdiff_t);
    return CONVOY_OK;
}

static void pack(const convoy_internals *internals, const float *weights, void *packed) {
    const dense_state *state = convoy_state_of(internals);
    if (state->may_be_exponent_coded) {
        convoy_exponent_coded_pack(&state->gemm, weights, packed);
    } else {
        convoy_gemm_pack(&state->gemm, weights, packed);
    }
}

static int32_t packed_bits(const convoy_internals *internals, const void *packed) {
    const dense_state *state = convoy_state_of(internals);
    const bool is_exponent_coded =
        state->may_be_exponent_coded && convoy_exponent_coded_open(&state->gemm, packed).is_exponent_coded;
    return is_exponent_coded ? CONVOY_EXPONENT_CODED_BITS : 8 * (int32_t)convoy_weight_bytes(state->gemm.weight_format);
}

static void run(const convoy_call *call) {
    const dense_state *state = call->state;
    const convoy_gemm *gemm = &state->gemm;
    const void *packed = call->packed;
    convoy_exponent_coded coded = {.is_exponent_coded = false};
    if (state->may_be_exponent_coded) {
        coded = convoy_exponent_coded_open(gemm, packed);
        packed = coded.weights;
    }
    const ptrdiff_t run_indirection = 0; /* an image's input is one contiguous run */
    ptrdiff_t *row_indirection = call->scratch;
    for (int64_t i = 0; i < state->tile_images; i++) {
        row_indirection[i] = (ptrdiff_t)(i * gemm->depth);
    }
    for (int64_t item = call->first; item < call->end;) {
        const int64_t image = item / gemm->panels * state->tile_images;
        const int64_t panel = item % gemm->panels;
        const int64_t panels = convoy_min(PANELS_TOGETHER, convoy_min(gemm->panels - panel, call->end - item));
        const convoy_gemm_operands operands = {
            .x = (const float *)call->input + image * gemm->depth,
            .row_indirection = row_indirection,
            .run_indirection = &run_indirection,
            .row_count = (ptrdiff_t)convoy_min(state->tile_images, call->images - image),
            .packed = packed,
            .exponent_coded = coded.is_exponent_coded ? &coded : NULL,
            .bias = call->bias,
            .slopes = call->slopes,
            .y = call->output + image * gemm->channels,
            .y_stride = (ptrdiff_t)gemm->channels,
        };
        convoy_gemm_run(call->kernels, gemm, &operands, panel, panel + panels);
        item += panels;
    }
}

static void work_of(const convoy_internals *internals, int64_t images, int32_t phase, convoy_work *work) {
    const dense_state *state = convoy_state_of(internals);
    (void)phase;
    work->operations = 2.0 * (double)images * (double)(convoy_gemm_padded_channels(&state->gemm) * state->gemm.depth);
}

const convoy_operator convoy_dense_operator = {
    .plan = plan,
    .pack = pack,
    .run = run,
    .work = work_of,
    .packed_bits = packed_bits,
};
