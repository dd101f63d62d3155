/*
 * Fully connected layer: the product of the images with the weights. A work item is a panel of outputs over many
 * images, so that a batch reads each weight once; only a layer of few outputs divides its images too. Neighbouring
 * items of a call are computed together: of many images, their panels pass over a block of the inputs while it is in
 * the cache.
 */
#include "coded.h"
#include "plan.h"

/* Panels that pass over a block of inputs: it is read from further away a quarter as often. */
enum { PANELS_TOGETHER = 4 };

/* Images of an item: many register tiles, yet few enough for a block of their inputs to stay in the cache. */
enum { MANY_IMAGES = 240, FEW_IMAGES = 48 };

/* Fewer panels than these are too few items for a machine's cores: their images are divided too. */
enum { FEW_PANELS = 16 };

int32_t convoy_plan_dense(const convoy_dense_desc *desc, convoy_plan *plan) {
    int32_t status = convoy_plan_check(desc, sizeof *desc, plan);
    if (status != CONVOY_OK) {
        return status;
    }
    convoy_draft draft;
    status = convoy_plan_begin(&draft, CONVOY_OP_DENSE, desc->isa, desc->batch);
    if (status != CONVOY_OK) {
        return status;
    }
    if (!convoy_is_extent(desc->height) || !convoy_is_extent(desc->width) || !convoy_is_extent(desc->channels) ||
        !convoy_is_extent(desc->out_features) || !convoy_is_activation(desc->activation) ||
        desc->weight_format < CONVOY_WEIGHT_FLOAT32 || desc->weight_format > CONVOY_WEIGHT_BFLOAT16) {
        return CONVOY_BAD_VALUE;
    }
    status = convoy_plan_algorithm(&draft, desc->algorithm);
    if (status != CONVOY_OK) {
        return status;
    }

    convoy_dense_state *state = &draft.internals.state.dense;
    convoy_product *product = &state->product;
    product->channels = desc->out_features;
    product->spatial = (int64_t)desc->height * desc->width;
    product->inner = desc->channels;
    product->segment_length = product->spatial * product->inner;
    product->activation = desc->activation;
    product->weight_format = desc->weight_format;
    convoy_product_plan(draft.kernels, product);
    state->tile_images = convoy_min(desc->batch, product->panels < FEW_PANELS ? FEW_IMAGES : MANY_IMAGES);
    draft.internals.units_per_image = 1;
    draft.internals.units_per_step = state->tile_images;
    draft.internals.items_per_step = product->panels;

    draft.plan.input_image_bytes = convoy_image_bytes(&draft, desc->height, desc->width, desc->channels, sizeof(float));
    draft.plan.output_image_bytes = (uint64_t)desc->out_features * sizeof(float);
    draft.plan.bias_count = (uint64_t)desc->out_features;
    draft.plan.weight_count = convoy_checked_mul(&draft, (uint64_t)product->depth, (uint64_t)product->channels);
    draft.plan.packed_bytes = convoy_image_bytes(&draft, product->depth, convoy_product_padded_channels(product), 1,
                                                 (uint64_t)convoy_product_weight_bytes(product));
    /* Reading the weights is all that counts. */
    if (!draft.overflow && desc->batch == 1 && convoy_coded_applies(product)) {
        state->may_be_coded = true;
        draft.plan.packed_bytes = convoy_coded_bytes(product);
    }
    draft.plan.scratch_bytes = (uint64_t)state->tile_images * sizeof(ptrdiff_t);
    return convoy_plan_seal(&draft, plan);
}

void convoy_dense_pack(const convoy_internals *internals, const float *weights, float *packed) {
    const convoy_dense_state *state = &internals->state.dense;
    if (state->may_be_coded) {
        convoy_coded_pack(&state->product, weights, packed);
    } else {
        convoy_product_pack(&state->product, weights, packed);
    }
}

int32_t convoy_dense_bits(const convoy_internals *internals, const void *packed) {
    const convoy_dense_state *state = &internals->state.dense;
    const bool is_coded = state->may_be_coded && convoy_coded_open(&state->product, packed).is_coded;
    return is_coded ? CONVOY_CODED_MAGNITUDE_BITS + 1 : 8 * (int32_t)convoy_product_weight_bytes(&state->product);
}

void convoy_dense_run(const convoy_call *call) {
    const convoy_dense_state *state = &call->internals->state.dense;
    const convoy_product *product = &state->product;
    const void *packed = call->packed;
    convoy_coded coded = {.is_coded = false};
    if (state->may_be_coded) {
        coded = convoy_coded_open(product, packed);
        packed = coded.weights;
    }
    const ptrdiff_t segment = 0; /* an image's input is one contiguous run */
    ptrdiff_t *rows = call->scratch;
    for (int64_t i = 0; i < state->tile_images; i++) {
        rows[i] = (ptrdiff_t)(i * product->depth);
    }
    for (int64_t item = call->first; item < call->end;) {
        const int64_t image = item / product->panels * state->tile_images;
        const int64_t panel = item % product->panels;
        const int64_t panels = convoy_min(PANELS_TOGETHER, convoy_min(product->panels - panel, call->end - item));
        const convoy_product_operands operands = {
            .x = (const float *)call->input + image * product->depth,
            .rows = rows,
            .segments = &segment,
            .row_count = (ptrdiff_t)convoy_min(state->tile_images, call->images - image),
            .packed = packed,
            .coded = coded.is_coded ? &coded : NULL,
            .bias = call->bias,
            .y = call->output + image * product->channels,
            .y_stride = (ptrdiff_t)product->channels,
        };
        convoy_product_run(call->kernels, product, &operands, panel, panel + panels);
        item += panels;
    }
}
