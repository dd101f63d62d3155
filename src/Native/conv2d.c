/*
 * Direct convolution, cache-blocked (in the manner of Georganas et al., "Anatomy of high-performance deep learning
 * convolutions on SIMD architectures", 2018, with channels last).
 *
 * A work item is some whole output rows of an image (or several small images whole), of one group, and some panels of
 * output channels. Its pixels are the rows of a matrix product: each begins somewhere in the input and consists of one
 * contiguous segment for every row of the kernel. Padding, or a group of several, would break the segments up; the
 * item then first copies its input rows, padded and sliced to the group, into scratch.
 *
 * Items are ordered by image, then rows, group and panels, so that neighbours share the copied input.
 */
#include "pool2d.h"

#include <string.h>

/* Input an item works on, in bytes, and its output pixels: together with the outputs they fit a second-level cache. */
enum { SOURCE_BYTES = 256 * 1024, MOST_PIXELS = 1024 };

/* Images too small to fill register tiles are taken together, to about this many pixels. */
enum { FEWEST_PIXELS = 24 };

/* Multiply-adds of an item: about 0.2 ms, far above what handing it to a thread costs. */
enum { ITEM_PRODUCTS = 16 * 1024 * 1024 };

static bool is_valid(const convoy_conv2d_desc *desc) {
    const int32_t extents[] = {desc->height,     desc->width,      desc->in_channels, desc->out_channels,
                               desc->kernel_h,   desc->kernel_w,   desc->stride_h,    desc->stride_w,
                               desc->dilation_h, desc->dilation_w, desc->groups};
    for (size_t i = 0; i < sizeof extents / sizeof extents[0]; i++) {
        if (!convoy_is_extent(extents[i])) {
            return false;
        }
    }
    return convoy_is_padding(desc->pad_top) && convoy_is_padding(desc->pad_left) &&
           convoy_is_padding(desc->pad_bottom) && convoy_is_padding(desc->pad_right) &&
           desc->input_layout >= CONVOY_LAYOUT_NHWC && desc->input_layout <= CONVOY_LAYOUT_NCHW && desc->points >= 0 &&
           desc->points <= 8 && desc->points % 2 == 0 && desc->points != 2 && desc->in_channels % desc->groups == 0 &&
           desc->out_channels % desc->groups == 0 && convoy_is_activation(desc->activation);
}

/* Input elements from a window's first to its last. */
static int64_t window_extent(int64_t kernel, int64_t dilation) {
    return (kernel - 1) * dilation + 1;
}

static void plan_blocks(convoy_conv2d_state *state, int64_t batch) {
    const int64_t window_h = window_extent(state->kernel_h, state->dilation_h);
    const int64_t row_bytes = state->source_width * state->product.inner * (int64_t)sizeof(float);
    const int64_t most_source_rows = convoy_max(window_h, SOURCE_BYTES / row_bytes);
    const int64_t most_rows =
        convoy_min((most_source_rows - window_h) / state->stride_h + 1, convoy_max(1, MOST_PIXELS / state->out_width));
    state->row_blocks = convoy_ceil_div(state->out_height, most_rows);
    state->tile_rows = convoy_ceil_div(state->out_height, state->row_blocks);
    state->row_blocks = convoy_ceil_div(state->out_height, state->tile_rows);
    state->source_rows = (state->tile_rows - 1) * state->stride_h + window_h;

    const int64_t pixels = state->tile_rows * state->out_width;
    state->tile_images = 1;
    if (state->row_blocks == 1 && pixels < FEWEST_PIXELS) {
        const int64_t fitting = convoy_max(1, SOURCE_BYTES / row_bytes / state->source_rows);
        state->tile_images = convoy_min(batch, convoy_min(fitting, convoy_ceil_div(FEWEST_PIXELS, pixels)));
    }

    const convoy_product *product = &state->product;
    const int64_t outputs = state->tile_images * pixels * convoy_min(product->panel, product->channels);
    const int64_t wanted = convoy_max(1, ITEM_PRODUCTS / outputs / product->depth);
    state->panel_blocks = convoy_ceil_div(product->panels, wanted);
    state->panels_per_item = convoy_ceil_div(product->panels, state->panel_blocks);
    state->panel_blocks = convoy_ceil_div(product->panels, state->panels_per_item);
}

static void plan_scratch(convoy_draft *draft, convoy_conv2d_state *state) {
    const uint64_t rows = (uint64_t)(state->tile_images * state->tile_rows * state->out_width);
    const uint64_t segments = (uint64_t)(state->kernel_h * state->segments_per_row);
    state->segments_offset = convoy_aligned(draft, convoy_checked_mul(draft, rows, sizeof(ptrdiff_t)));
    const uint64_t end = convoy_checked_add(draft, state->segments_offset, segments * sizeof(ptrdiff_t));
    state->source_offset = convoy_aligned(draft, end);
    uint64_t source = 0;
    if (state->copies_input) {
        const int64_t floats = state->product.inner * state->tile_images;
        source = convoy_image_bytes(draft, state->source_rows, state->source_width, floats, sizeof(float));
    }
    draft->plan.scratch_bytes = convoy_checked_add(draft, state->source_offset, source);
}

static int32_t plan_direct(const convoy_conv2d_desc *desc, convoy_plan *plan) {
    convoy_draft draft;
    const int32_t status = convoy_plan_begin(&draft, CONVOY_OP_CONV2D, desc->isa, desc->batch);
    if (status != CONVOY_OK) {
        return status;
    }
    if (desc->input_layout != CONVOY_LAYOUT_NHWC || desc->points != 0 || convoy_is_pooled(desc)) {
        return CONVOY_UNSUPPORTED;
    }
    draft.plan.algorithm = CONVOY_ALGORITHM_DIRECT;

    convoy_conv2d_state *state = &draft.internals.state.conv2d;
    const int64_t window_h = window_extent(desc->kernel_h, desc->dilation_h);
    const int64_t window_w = window_extent(desc->kernel_w, desc->dilation_w);
    *state = (convoy_conv2d_state){
        .in_height = desc->height,
        .in_width = desc->width,
        .in_channels = desc->in_channels,
        .out_height =
            convoy_output_extent(desc->height, (int64_t)desc->pad_top + desc->pad_bottom, window_h, desc->stride_h),
        .out_width =
            convoy_output_extent(desc->width, (int64_t)desc->pad_left + desc->pad_right, window_w, desc->stride_w),
        .out_channels = desc->out_channels,
        .groups = desc->groups,
        .kernel_h = desc->kernel_h,
        .kernel_w = desc->kernel_w,
        .stride_h = desc->stride_h,
        .stride_w = desc->stride_w,
        .dilation_h = desc->dilation_h,
        .dilation_w = desc->dilation_w,
        .pad_top = desc->pad_top,
        .pad_left = desc->pad_left,
        .copies_input =
            desc->groups > 1 || desc->pad_top > 0 || desc->pad_left > 0 || desc->pad_bottom > 0 || desc->pad_right > 0,
        .segments_per_row = desc->dilation_w == 1 ? 1 : desc->kernel_w,
    };
    state->source_width = (state->out_width - 1) * desc->stride_w + window_w;
    convoy_product *product = &state->product;
    product->channels = desc->out_channels / desc->groups;
    product->spatial = state->kernel_h * state->kernel_w;
    product->inner = desc->in_channels / desc->groups;
    product->segment_length = state->kernel_w / state->segments_per_row * product->inner;
    product->activation = desc->activation;
    convoy_product_plan(draft.kernels, product);
    plan_blocks(state, desc->batch);
    draft.internals.units_per_image = 1;
    draft.internals.units_per_step = state->tile_images;
    draft.internals.items_per_step = state->row_blocks * state->groups * state->panel_blocks;

    const int64_t padded_channels = convoy_product_padded_channels(product) * state->groups;
    draft.plan.input_image_bytes =
        convoy_image_bytes(&draft, desc->height, desc->width, desc->in_channels, sizeof(float));
    draft.plan.output_image_bytes =
        convoy_image_bytes(&draft, state->out_height, state->out_width, desc->out_channels, sizeof(float));
    draft.plan.bias_count = (uint64_t)desc->out_channels;
    draft.plan.weight_count = convoy_checked_mul(&draft, (uint64_t)product->depth, (uint64_t)desc->out_channels);
    draft.plan.packed_bytes = convoy_image_bytes(&draft, product->depth, padded_channels, 1, sizeof(float));
    plan_scratch(&draft, state);
    draft.plan.cost = (double)desc->batch * (double)(state->out_height * state->out_width) * (double)product->depth *
                          (double)desc->out_channels +
                      CONVOY_COST_OF_BYTE * (double)draft.plan.packed_bytes;
    return convoy_plan_seal(&draft, plan);
}

bool convoy_is_pooled(const convoy_conv2d_desc *desc) {
    return desc->pool.kernel_h != 0;
}

static bool is_none(const convoy_max_pool *pool) {
    static const convoy_max_pool none = {0};
    return memcmp(pool, &none, sizeof none) == 0;
}

/* There are windows of the convolution, and of the pooling behind it. */
static bool has_output(const convoy_conv2d_desc *desc) {
    const convoy_max_pool *pool = &desc->pool;
    const int64_t out_height = convoy_output_extent(desc->height, (int64_t)desc->pad_top + desc->pad_bottom,
                                                    window_extent(desc->kernel_h, desc->dilation_h), desc->stride_h);
    const int64_t out_width = convoy_output_extent(desc->width, (int64_t)desc->pad_left + desc->pad_right,
                                                   window_extent(desc->kernel_w, desc->dilation_w), desc->stride_w);
    return out_height > 0 && out_width > 0 &&
           (is_none(pool) ||
            (convoy_windows_fit(pool->out_height, pool->kernel_h, pool->stride_h, pool->pad_top, out_height) &&
             convoy_windows_fit(pool->out_width, pool->kernel_w, pool->stride_w, pool->pad_left, out_width)));
}

/* The cheaper one of those that apply. */
static int32_t plan_cheapest(const convoy_conv2d_desc *desc, convoy_plan *plan) {
    convoy_plan winograd = *plan;
    const int32_t with_winograd = convoy_plan_winograd(desc, &winograd);
    const int32_t direct = plan_direct(desc, plan);
    if (with_winograd == CONVOY_OK && (direct != CONVOY_OK || winograd.cost < plan->cost)) {
        *plan = winograd;
        return CONVOY_OK;
    }
    return direct != CONVOY_UNSUPPORTED ? direct : with_winograd;
}

int32_t convoy_plan_conv2d(const convoy_conv2d_desc *desc, convoy_plan *plan) {
    int32_t status = convoy_plan_check(desc, sizeof *desc, plan);
    if (status != CONVOY_OK) {
        return status;
    }
    convoy_draft draft;
    status = convoy_plan_begin(&draft, CONVOY_OP_CONV2D, desc->isa, desc->batch);
    if (status != CONVOY_OK) {
        return status;
    }
    if (!is_valid(desc) || !has_output(desc)) {
        return CONVOY_BAD_VALUE;
    }
    switch (desc->algorithm) {
    case CONVOY_ALGORITHM_AUTO:
        return plan_cheapest(desc, plan);
    case CONVOY_ALGORITHM_DIRECT:
        return plan_direct(desc, plan);
    case CONVOY_ALGORITHM_WINOGRAD:
        return convoy_plan_winograd(desc, plan);
    case CONVOY_ALGORITHM_SIMPLE:
        return CONVOY_UNSUPPORTED;
    default:
        return CONVOY_BAD_VALUE;
    }
}

void convoy_conv2d_pack(const convoy_internals *internals, const float *weights, float *packed) {
    const convoy_conv2d_state *state = &internals->state.conv2d;
    const convoy_product *product = &state->product;
    for (int64_t group = 0; group < state->groups; group++) {
        convoy_product_pack(product, weights + group * product->channels * product->depth,
                            packed + group * convoy_product_packed_count(product));
    }
}
