/*
 * Winograd convolution: the plan (Lavin and Gray 2016; winograd_kernel.h has the input and output transforms).
 * winograd_pack.c packs the weights, winograd_run.c runs it.
 *
 * The output is cut into tiles. The input transform gives a tile's values at points, a plane for each; there a
 * convolution is a sum over channels, one small GEMM a plane; and the output transform makes a tile's outputs from the
 * results. An axis is cut into large tiles, which use the point at infinity, and small ones of one output fewer, which
 * do not: 13 outputs are 7 and 6 without waste. Both share the transformed filters.
 *
 * A stride is folded into channels first: s x s neighbouring pixels become one pixel of s * s times the channels, and a
 * k x k filter of stride s becomes one of ceil(k / s) taps an axis and stride 1.
 *
 * A run is made of micro-batches of at most as many images as the workspace holds values of, as even as can be, each of
 * two phases: the input transform of all tiles, then the GEMMs and the output transform. The order of additions is that
 * of the channels, in blocks, whatever the micro-batch.
 *
 * Where pooling follows, work items are whole images, for windows overlap tiles: pooled_output.c.
 */
#include "winograd/winograd.h"

#include "activation/activation.h"
#include "core/geometry.h"
#include "plan/sizes.h"
#include "winograd/micro_batch.h"
#include "winograd/transforms.h"
#include "winograd/winograd_run.h"

/*
 * Values of a micro-batch: they are read once for each panel, and stay in a last-level cache meanwhile. Eight images of
 * AlexNet's first layer fit: threads await each other half as often as with four. Packed weights come from memory once
 * a micro-batch: where they are large, micro-batches are, up to a quarter of them.
 */
static_assert(CONVOY_LAYOUT_COUNT == 2, "a layout that the input transform does not know");

enum { MICRO_BATCH_BYTES = 8 * 1024 * 1024, MOST_MICRO_BATCH_BYTES = 12 * 1024 * 1024, WEIGHTS_TO_VALUES = 4 };

/* Results of an item: one panel over so many tiles stays in a second-level cache until the output transform. */
enum { RESULT_BYTES = 640 * 1024 };

/* A whole image, to be pooled, may be somewhat more: it saves writing its outputs to memory and reading them again. */
enum { POOLED_RESULT_BYTES = 704 * 1024 };

/* Channels added up at a time: the rounding errors of longer sums would be magnified by the output transform. */
enum { DEPTH_BLOCK = 96 };

/* Adjacent planes would fall into the same sets of a cache if they lay a power of two apart. */
enum { PLANE_GAP = 16 };

enum { FEWEST_TAPS = 2 };

/*
 * Whether the points suit a filter along one axis: a tile has two outputs or more, and not many more than a folded
 * filter has taps. Rounding errors grow with the powers of the points and count the more, the more of the taps are
 * filled up with zeros: to 1.5e-5 with 8 points and 2 taps, against 7e-6 without folding.
 */
static bool suits(int32_t taps, int32_t stride, int32_t pairs) {
    return taps >= FEWEST_TAPS && taps < 2 * pairs && (stride == 1 || taps >= pairs - 1);
}

/*
 * The division of an axis with the fewest points in all. At most `outputs` tiles are small: one more, and as many large
 * ones as `outputs` would cover the same with fewer points.
 */
static convoy_winograd_axis divide(int64_t extent, int32_t taps, int32_t pairs) {
    const int64_t outputs = 2 * pairs - taps + 1;
    convoy_winograd_axis best = {0};
    int64_t least = INT64_MAX;
    for (int64_t small = outputs; small >= 0; small--) {
        const int64_t large = convoy_ceil_div(convoy_max(0, extent - small * outputs), outputs + 1);
        const int64_t points = large * (2 * pairs + 1) + small * 2 * pairs;
        if (points < least) {
            least = points;
            best = (convoy_winograd_axis){taps, (int32_t)outputs, (int32_t)large, (int32_t)small};
        }
    }
    return best;
}

static bool applies(const convoy_conv2d_desc *desc) {
    const convoy_window *window = &desc->window;
    return window->stride_h == window->stride_w && desc->dilation_h == 1 && desc->dilation_w == 1 &&
           window->kernel_h >= window->stride_h && window->kernel_w >= window->stride_w &&
           (window->stride_h == 1 || (desc->groups == 1 && window->stride_h <= 8));
}

static bool are_points(int32_t points) {
    return points % 2 == 0 && points >= 2 * WINOGRAD_FEWEST_PAIRS && points <= 2 * WINOGRAD_MOST_PAIRS;
}

/*
 * A batch's work in multiply-adds: the GEMMs, which run somewhat below the direct kernel's speed where there are few
 * channels; the transforms, bound by loads and stores; and reading the weights from memory once a micro-batch.
 */
static double cost_of(const convoy_winograd_state *state, int64_t batch, uint64_t packed_bytes) {
    const double points = winograd_points_of_image(state) * (double)batch;
    const double depth = (double)state->gemm.inner;
    const double out_channels = (double)(state->gemm.channels * state->groups);
    const double gemms = points * depth * out_channels * (1.05 + 8.0 / depth);
    const double transforms = points * (1.5 * state->pairs + 2.0) * 2.0 * (state->channels + out_channels);
    const double micro_batches = (double)convoy_ceil_div(batch, state->micro_batch_images);
    return gemms + 1.5 * transforms + micro_batches * CONVOY_COST_OF_BYTE * (double)packed_bytes;
}

/* Places a piece of so many bytes behind the others. */
static uint64_t append(convoy_draft *draft, uint64_t *end, uint64_t bytes) {
    const uint64_t begin = *end;
    *end = convoy_checked_add(draft, begin, convoy_aligned(draft, bytes));
    return begin;
}

static uint64_t plan_scratch(convoy_draft *draft, convoy_winograd_state *state) {
    const int32_t planes_h = winograd_points_of(&state->rows, state->pairs);
    const int32_t planes_w = winograd_points_of(&state->columns, state->pairs);
    const int64_t folded_rows = state->stride > 1 || state->is_nchw ? planes_h : 0;
    uint64_t end = 0;
    append(draft, &end, (uint64_t)state->block_tiles * sizeof(ptrdiff_t));
    state->results_offset =
        append(draft, &end, convoy_image_bytes(draft, planes_h, planes_w, state->result_plane, sizeof(float)));
    state->zeros_offset = append(draft, &end, (uint64_t)state->channels * sizeof(float));
    state->folded_offset = append(
        draft, &end, convoy_image_bytes(draft, folded_rows, state->folded_width, state->channels, sizeof(float)));
    const int64_t band_rows = winograd_pools(state) ? convoy_winograd_band_rows(state) : 0;
    state->band_offset =
        append(draft, &end, convoy_image_bytes(draft, band_rows, state->out_width, state->gemm.panel, sizeof(float)));
    return end;
}

/* Divides a batch into micro-batches, as few as hold so many bytes of values at most. */
static void plan_micro_batches(convoy_winograd_state *state, int64_t batch, uint64_t packed_bytes,
                               uint64_t image_values) {
    const int64_t wanted = (int64_t)(packed_bytes / WEIGHTS_TO_VALUES);
    const int64_t bytes = convoy_max(MICRO_BATCH_BYTES, convoy_min(MOST_MICRO_BATCH_BYTES, wanted));
    const int64_t fitting = convoy_max(1, (int64_t)((uint64_t)bytes / image_values));
    state->unit_images = fitting >= CONVOY_MICRO_BATCH_UNIT ? CONVOY_MICRO_BATCH_UNIT : 1;
    const int64_t units = convoy_ceil_div(batch, state->unit_images);
    const int64_t micro_batches = convoy_ceil_div(units, fitting / state->unit_images);
    state->micro_batch_images = (int32_t)convoy_min(batch, convoy_ceil_div(units, micro_batches) * state->unit_images);
}

/* Divides the tiles of a micro-batch into blocks of about the same size; false where pooling wants too large ones. */
static bool plan_blocks(convoy_winograd_state *state, int64_t planes, int64_t tiles) {
    const int64_t tile_bytes = planes * state->gemm.panel * (int64_t)sizeof(float);
    if (winograd_pools(state)) {
        const int64_t image_bytes = tile_bytes * tiles;
        if (image_bytes > POOLED_RESULT_BYTES) {
            return false;
        }
        const int64_t most_images = convoy_max(1, RESULT_BYTES / image_bytes);
        state->span_images = (int32_t)convoy_ceil_div(state->micro_batch_images,
                                                      convoy_ceil_div(state->micro_batch_images, most_images));
        state->block_tiles = (int32_t)(state->span_images * tiles);
        return true;
    }
    const int64_t most_tiles = convoy_max(1, RESULT_BYTES / tile_bytes);
    const int64_t blocks = convoy_ceil_div(state->micro_batch_images * tiles, most_tiles);
    state->span_images = state->micro_batch_images;
    state->block_tiles = (int32_t)convoy_ceil_div(state->micro_batch_images * tiles, blocks);
    return true;
}

int32_t convoy_plan_winograd(convoy_draft *draft, const convoy_conv2d_desc *desc) {
    if (!are_points(desc->points)) {
        return CONVOY_BAD_VALUE;
    }
    if (!applies(desc)) {
        return CONVOY_UNSUPPORTED;
    }
    draft->internals.op = CONVOY_OP_WINOGRAD;
    const convoy_window *window = &desc->window;
    const int32_t pairs = desc->points / 2;
    const int32_t stride = window->stride_h;
    const int32_t taps_h = (int32_t)convoy_ceil_div(window->kernel_h, stride);
    const int32_t taps_w = (int32_t)convoy_ceil_div(window->kernel_w, stride);
    if (!suits(taps_h, stride, pairs) || !suits(taps_w, stride, pairs)) {
        return CONVOY_UNSUPPORTED;
    }
    const int64_t out_height = convoy_conv2d_out_height(desc);
    const int64_t out_width = convoy_conv2d_out_width(desc);
    convoy_winograd_state *state = convoy_draft_state(draft);
    *state = (convoy_winograd_state){
        .rows = divide(out_height, taps_h, pairs),
        .columns = divide(out_width, taps_w, pairs),
        .pairs = pairs,
        .in_height = desc->input.height,
        .in_width = desc->input.width,
        .in_channels = desc->input.channels,
        .out_height = (int32_t)out_height,
        .out_width = (int32_t)out_width,
        .map_channels = convoy_conv2d_map_channels(desc),
        .channel_offset = desc->channel_offset,
        .has_residual = desc->has_residual,
        .groups = desc->groups,
        .stride = stride,
        .kernel_h = window->kernel_h,
        .kernel_w = window->kernel_w,
        .pad_top = window->pad_top,
        .pad_left = window->pad_left,
        .is_nchw = desc->input_layout == CONVOY_LAYOUT_NCHW,
        .pool = desc->pool,
    };
    const uint64_t folded =
        convoy_checked_mul(draft, (uint64_t)desc->input.channels, (uint64_t)stride * (uint64_t)stride);
    if (folded > INT32_MAX) {
        return CONVOY_OVERFLOW;
    }
    state->channels = (int32_t)folded;
    convoy_gemm *gemm = &state->gemm;
    gemm->channels = desc->out_channels / desc->groups;
    gemm->spatial = 1;
    gemm->inner = state->channels / desc->groups;
    gemm->run_length = gemm->inner;
    gemm->activation = desc->activation;
    convoy_gemm_plan(draft->kernels, gemm);
    gemm->depth_block = convoy_ceil_div(gemm->depth, convoy_ceil_div(gemm->depth, DEPTH_BLOCK));

    const int64_t planes =
        (int64_t)winograd_points_of(&state->rows, pairs) * winograd_points_of(&state->columns, pairs);
    const int64_t tiles = winograd_tiles_of_image(state);
    state->value_stride = convoy_round_up(state->channels, gemm->lanes);
    const uint64_t image_values = convoy_image_bytes(draft, planes, tiles, state->value_stride, sizeof(float));
    if (draft->overflow) {
        return CONVOY_OVERFLOW;
    }
    const uint64_t plane_floats =
        convoy_checked_mul(draft, (uint64_t)convoy_gemm_packed_count(gemm), (uint64_t)state->groups);
    const uint64_t packed_bytes = convoy_checked_mul(draft, plane_floats, (uint64_t)planes * sizeof(float));
    plan_micro_batches(state, draft->plan.batch, packed_bytes, image_values);
    state->value_plane = state->micro_batch_images * tiles * state->value_stride + PLANE_GAP;
    if (!plan_blocks(state, planes, tiles)) {
        return CONVOY_UNSUPPORTED;
    }
    state->result_plane = (int64_t)state->block_tiles * gemm->panel + PLANE_GAP;
    const int64_t width = state->columns.large_tiles * (state->columns.outputs + 1LL) +
                          (int64_t)state->columns.small_tiles * state->columns.outputs + taps_w - 1;
    state->folded_width = width;
    draft->internals.units_per_image = 1;
    draft->internals.units_per_step = 1;
    draft->internals.items_per_step = tiles * (1 + state->groups * gemm->panels); /* an upper bound */

    convoy_plan *made = &draft->plan;
    made->algorithm = CONVOY_ALGORITHM_WINOGRAD;
    made->points = desc->points;
    made->input_layout = desc->input_layout;
    made->phases = (int32_t)(2 * convoy_ceil_div(draft->plan.batch, state->micro_batch_images));
    made->input_image_bytes = convoy_map_bytes(draft, desc->input);
    made->output_image_bytes = convoy_image_bytes(draft, winograd_pools(state) ? desc->pool.out_height : out_height,
                                                  winograd_pools(state) ? desc->pool.out_width : out_width,
                                                  state->map_channels, sizeof(float));
    made->input2_image_bytes = desc->has_residual ? made->output_image_bytes : 0;
    made->bias_count = (uint64_t)desc->out_channels;
    made->slope_count = convoy_activation_has_slopes(desc->activation.kind) ? made->bias_count : 0;
    made->weight_count = convoy_image_bytes(draft, window->kernel_h, window->kernel_w,
                                            desc->input.channels / desc->groups, (uint64_t)desc->out_channels);
    made->packed_bytes = packed_bytes;
    made->workspace_bytes = convoy_checked_mul(draft, (uint64_t)state->value_plane, (uint64_t)planes * sizeof(float));
    made->scratch_bytes = plan_scratch(draft, state);
    made->cost = cost_of(state, draft->plan.batch, made->packed_bytes);
    return CONVOY_OK;
}

/* Planned by way of a conv2d. */
const convoy_operator convoy_winograd_operator = {
    .pack = convoy_winograd_pack,
    .run = convoy_winograd_run,
    .items = convoy_winograd_items,
    .all_items = convoy_winograd_all_items,
    .work = convoy_winograd_work,
};
