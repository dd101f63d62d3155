/*
 * Direct convolution, cache-blocked (in the manner of Georganas et al., "Anatomy of high-performance deep learning
 * convolutions on SIMD architectures", 2018, with channels last).
 *
 * A work item is some whole output rows of an image (or several small images whole), of one group, and some packed
 * panels of output channels. Its pixels are the rows of a GEMM, read through an indirection: each begins somewhere in
 * the input and consists of one contiguous run for every row of the kernel. Padding, or a group of several, would break
 * the runs up; the item then first copies its input rows, padded and sliced to the group, into scratch.
 *
 * Items are ordered by image, then rows, group and panels, so that neighbours share the copied input.
 */
#include "convolution/direct.h"

#include "activation/activation.h"
#include "core/arithmetic.h"
#include "core/geometry.h"
#include "plan/operator.h"
#include "plan/sizes.h"

/* Input an item works on, in bytes, and its output pixels: together with the outputs they fit a second-level cache. */
enum { SOURCE_BYTES = 256 * 1024, MOST_PIXELS = 1024 };

/* Images too small to fill register tiles are taken together, to about this many pixels. */
enum { FEWEST_PIXELS = 24 };

/*
 * Multiply-adds of an item: some 5 us, well above what handing it to a thread costs, and few enough for the small
 * layers of a single image to divide evenly. Items get it by fewer rows, but not fewer pixels than these, which the
 * weights are read for; then by fewer panels. An image is divided into a multiple of EVEN_BLOCKS where it has the rows.
 */
enum { ITEM_MULTIPLY_ADDS = 512 * 1024, WORTH_WEIGHTS_PIXELS = 96, EVEN_BLOCKS = 4 };

static void plan_blocks(convoy_direct_state *state, int64_t batch) {
    const int64_t window_h = convoy_window_extent(state->kernel_h, state->dilation_h);
    const int64_t row_bytes = state->source_width * state->gemm.inner * (int64_t)sizeof(float);
    const int64_t most_source_rows = convoy_max(window_h, SOURCE_BYTES / row_bytes);
    const int64_t wanted_rows =
        convoy_max(convoy_ceil_div(WORTH_WEIGHTS_PIXELS, state->out_width),
                   ITEM_MULTIPLY_ADDS / state->out_width / state->gemm.channels / state->gemm.depth);
    const int64_t most_rows = convoy_min(convoy_min((most_source_rows - window_h) / state->stride_h + 1, wanted_rows),
                                         convoy_max(1, MOST_PIXELS / state->out_width));
    state->row_blocks = convoy_ceil_div(state->out_height, most_rows);
    if (state->row_blocks >= EVEN_BLOCKS) {
        state->row_blocks = convoy_round_up(state->row_blocks, EVEN_BLOCKS);
    }
    state->tile_rows = convoy_ceil_div(state->out_height, state->row_blocks);
    state->row_blocks = convoy_ceil_div(state->out_height, state->tile_rows);
    state->source_rows = (state->tile_rows - 1) * state->stride_h + window_h;

    const int64_t pixels = state->tile_rows * state->out_width;
    state->tile_images = 1;
    if (state->row_blocks == 1 && pixels < FEWEST_PIXELS) {
        const int64_t fitting = convoy_max(1, SOURCE_BYTES / row_bytes / state->source_rows);
        state->tile_images = convoy_min(batch, convoy_min(fitting, convoy_ceil_div(FEWEST_PIXELS, pixels)));
    }

    const convoy_gemm *gemm = &state->gemm;
    const int64_t outputs = state->tile_images * pixels * convoy_min(gemm->panel, gemm->channels);
    const int64_t wanted = convoy_max(1, ITEM_MULTIPLY_ADDS / outputs / gemm->depth);
    state->panel_blocks = convoy_ceil_div(gemm->panels, wanted);
    state->panels_per_item = convoy_ceil_div(gemm->panels, state->panel_blocks);
    state->panel_blocks = convoy_ceil_div(gemm->panels, state->panels_per_item);
}

static void plan_scratch(convoy_draft *draft, convoy_direct_state *state) {
    const uint64_t rows = (uint64_t)(state->tile_images * state->tile_rows * state->out_width);
    const uint64_t runs = (uint64_t)(state->kernel_h * state->runs_per_row);
    state->run_indirection_offset = convoy_aligned(draft, convoy_checked_mul(draft, rows, sizeof(ptrdiff_t)));
    const uint64_t end = convoy_checked_add(draft, state->run_indirection_offset, runs * sizeof(ptrdiff_t));
    state->source_offset = convoy_aligned(draft, end);
    uint64_t source = 0;
    if (state->copies_input) {
        const int64_t floats = state->gemm.inner * state->tile_images;
        source = convoy_image_bytes(draft, state->source_rows, state->source_width, floats, sizeof(float));
    }
    draft->plan.scratch_bytes = convoy_checked_add(draft, state->source_offset, source);
}

int32_t convoy_plan_direct(convoy_draft *draft, const convoy_conv2d_desc *desc) {
    if (desc->input_layout != CONVOY_LAYOUT_NHWC || desc->points != 0 || desc->pool.window.kernel_h != 0) {
        return CONVOY_UNSUPPORTED;
    }
    draft->plan.algorithm = CONVOY_ALGORITHM_DIRECT;

    convoy_direct_state *state = convoy_draft_state(draft);
    const convoy_window *window = &desc->window;
    *state = (convoy_direct_state){
        .in_height = desc->input.height,
        .in_width = desc->input.width,
        .in_channels = desc->input.channels,
        .out_height = convoy_conv2d_out_height(desc),
        .out_width = convoy_conv2d_out_width(desc),
        .map_channels = convoy_conv2d_map_channels(desc),
        .channel_offset = desc->channel_offset,
        .groups = desc->groups,
        .kernel_h = window->kernel_h,
        .kernel_w = window->kernel_w,
        .stride_h = window->stride_h,
        .stride_w = window->stride_w,
        .dilation_h = desc->dilation_h,
        .dilation_w = desc->dilation_w,
        .pad_top = window->pad_top,
        .pad_left = window->pad_left,
        .has_residual = desc->has_residual,
        .copies_input = desc->groups > 1 || window->pad_top > 0 || window->pad_left > 0 || window->pad_bottom > 0 ||
                        window->pad_right > 0,
        .runs_per_row = desc->dilation_w == 1 ? 1 : window->kernel_w,
    };
    state->source_width =
        (state->out_width - 1) * window->stride_w + convoy_window_extent(window->kernel_w, desc->dilation_w);
    convoy_gemm *gemm = &state->gemm;
    gemm->channels = desc->out_channels / desc->groups;
    gemm->spatial = state->kernel_h * state->kernel_w;
    gemm->inner = desc->input.channels / desc->groups;
    gemm->run_length = state->kernel_w / state->runs_per_row * gemm->inner;
    gemm->activation = desc->activation;
    convoy_gemm_plan(draft->kernels, gemm);
    plan_blocks(state, draft->plan.batch);
    draft->internals.units_per_image = 1;
    draft->internals.units_per_step = state->tile_images;
    draft->internals.items_per_step = state->row_blocks * state->groups * state->panel_blocks;

    const int64_t padded_channels = convoy_gemm_padded_channels(gemm) * state->groups;
    draft->plan.input_image_bytes = convoy_map_bytes(draft, desc->input);
    draft->plan.output_image_bytes =
        convoy_image_bytes(draft, state->out_height, state->out_width, state->map_channels, sizeof(float));
    draft->plan.input2_image_bytes = desc->has_residual ? draft->plan.output_image_bytes : 0;
    draft->plan.bias_count = (uint64_t)desc->out_channels;
    draft->plan.slope_count = convoy_activation_has_slopes(desc->activation.kind) ? draft->plan.bias_count : 0;
    draft->plan.weight_count = convoy_checked_mul(draft, (uint64_t)gemm->depth, (uint64_t)desc->out_channels);
    draft->plan.packed_bytes = convoy_image_bytes(draft, gemm->depth, padded_channels, 1, sizeof(float));
    plan_scratch(draft, state);
    draft->plan.cost = (double)draft->plan.batch * (double)(state->out_height * state->out_width) *
                           (double)gemm->depth * (double)padded_channels +
                       CONVOY_COST_OF_BYTE * (double)draft->plan.packed_bytes;
    return CONVOY_OK;
}

void convoy_direct_pack(const convoy_internals *internals, const float *weights, void *packed) {
    const convoy_direct_state *state = convoy_state_of(internals);
    const convoy_gemm *gemm = &state->gemm;
    for (int64_t group = 0; group < state->groups; group++) {
        convoy_gemm_pack(gemm, weights + group * gemm->channels * gemm->depth,
                         (float *)packed + group * convoy_gemm_packed_count(gemm));
    }
}

void convoy_direct_work(const convoy_internals *internals, int64_t images, int32_t phase, convoy_work *work) {
    const convoy_direct_state *state = convoy_state_of(internals);
    const convoy_gemm *gemm = &state->gemm;
    const double pixels = (double)(images * state->out_height * state->out_width);
    const double other_channels = (double)(state->map_channels - gemm->channels * state->groups);
    (void)phase;
    work->operations = 2 * pixels * (double)(convoy_gemm_padded_channels(gemm) * state->groups * gemm->depth);
    work->map_bytes -= pixels * other_channels * sizeof(float);
}
