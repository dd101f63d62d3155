/*
 * Depthwise convolution: every channel has a filter of its own. There is no sum over channels, so that a GEMM would
 * fill its registers with zeros; here a vector holds neighbouring channels, and each input is used as often as windows
 * overlap, which leaves reading and writing feature maps as the greater part of the work.
 *
 * A unit of work is a row of outputs. Windows are cut to the image: padding is neither read nor multiplied. Weights are
 * packed by vectors of channels, [vector][kernel_h][kernel_w][lanes], the last filled up with zeros.
 */
#include "depthwise/depthwise.h"

#include "activation/activation.h"
#include "core/arithmetic.h"
#include "core/geometry.h"
#include "depthwise/depthwise_job.h"
#include "plan/operator.h"
#include "plan/sizes.h"
#include "plan/units.h"

/* Multiply-adds of an item, about 2 us: several for each thread, even of a small feature map. */
enum { ITEM_MULTIPLY_ADDS = 64 * 1024 };

/* What a multiply-add costs by those of a GEMM: most of it is moving feature maps. */
static const double cost_of_multiply_add = 2.0;

typedef struct depthwise_state {
    convoy_image input;
    convoy_window window;
    int32_t dilation_h, dilation_w;
    int32_t lanes;
    int64_t out_height, out_width;
    convoy_activation_desc activation;
} depthwise_state;

CONVOY_STATE_FITS(depthwise_state);

int32_t convoy_plan_depthwise(convoy_draft *draft, const convoy_conv2d_desc *desc) {
    if (desc->groups != desc->input.channels || desc->out_channels != desc->input.channels ||
        desc->input_layout != CONVOY_LAYOUT_NHWC || desc->points != 0 || desc->pool.window.kernel_h != 0 ||
        convoy_conv2d_map_channels(desc) != desc->out_channels || desc->has_residual) {
        return CONVOY_UNSUPPORTED;
    }
    depthwise_state *state = convoy_draft_state(draft);
    *state = (depthwise_state){
        .input = desc->input,
        .window = desc->window,
        .dilation_h = desc->dilation_h,
        .dilation_w = desc->dilation_w,
        .lanes = draft->kernels->lanes,
        .out_height = convoy_conv2d_out_height(desc),
        .out_width = convoy_conv2d_out_width(desc),
        .activation = desc->activation,
    };
    const int64_t channels = desc->input.channels;
    const int64_t taps = (int64_t)desc->window.kernel_h * desc->window.kernel_w;
    const int64_t padded_channels = convoy_round_up(channels, state->lanes);
    const double row_multiply_adds = (double)taps * (double)(padded_channels * state->out_width);
    draft->internals.op = CONVOY_OP_DEPTHWISE;
    draft->internals.units_per_image = state->out_height;
    draft->internals.units_per_step = convoy_max(1, (int64_t)(ITEM_MULTIPLY_ADDS / row_multiply_adds));
    draft->internals.items_per_step = 1;

    convoy_plan *made = &draft->plan;
    made->algorithm = CONVOY_ALGORITHM_DEPTHWISE;
    made->input_image_bytes = convoy_map_bytes(draft, desc->input);
    made->output_image_bytes = convoy_image_bytes(draft, state->out_height, state->out_width, channels, sizeof(float));
    made->bias_count = (uint64_t)channels;
    made->slope_count = convoy_activation_has_slopes(desc->activation.kind) ? made->bias_count : 0;
    made->weight_count = convoy_checked_mul(draft, (uint64_t)taps, (uint64_t)channels);
    made->packed_bytes = convoy_image_bytes(draft, taps, padded_channels, 1, sizeof(float));
    made->cost = cost_of_multiply_add * draft->plan.batch * (double)state->out_height * row_multiply_adds +
                 CONVOY_COST_OF_BYTE * (double)made->packed_bytes;
    return CONVOY_OK;
}

static void pack(const convoy_internals *internals, const float *weights, void *packed) {
    const depthwise_state *state = convoy_state_of(internals);
    const int64_t channels = state->input.channels;
    const int64_t taps = (int64_t)state->window.kernel_h * state->window.kernel_w;
    float *to = packed;
    for (int64_t first = 0; first < channels; first += state->lanes) {
        for (int64_t tap = 0; tap < taps; tap++) {
            for (int64_t channel = first; channel < first + state->lanes; channel++) {
                *to++ = channel < channels ? weights[channel * taps + tap] : 0.0f;
            }
        }
    }
}

/* The taps of a window along one axis that lie inside the image, [first, end). start: where its first tap lies. */
static convoy_span taps_inside(int64_t start, int64_t kernel, int64_t dilation, int64_t extent) {
    const int64_t first = start < 0 ? convoy_ceil_div(-start, dilation) : 0;
    const int64_t end = start < extent ? convoy_ceil_div(extent - start, dilation) : 0;
    return (convoy_span){.first = convoy_min(first, kernel), .end = convoy_min(end, kernel)};
}

/* Outputs of a row with the same taps inside: all those whose windows lie inside whole, else one. */
static int64_t run_length(const depthwise_state *state, int64_t column, convoy_span taps) {
    const convoy_window *window = &state->window;
    if (taps.first > 0 || taps.end < window->kernel_w) {
        return 1;
    }
    const int64_t last_start = state->input.width - convoy_window_extent(window->kernel_w, state->dilation_w);
    return (last_start + window->pad_left) / window->stride_w + 1 - column;
}

/* job: what its runs of outputs share. unit: a row of outputs, counted on across images. */
static void run_row(const convoy_call *call, convoy_depthwise_job job, int64_t unit) {
    const depthwise_state *state = call->state;
    const convoy_window *window = &state->window;
    const int64_t channels = state->input.channels;
    const int64_t in_row = state->input.width * channels;
    const float *image = (const float *)call->input + unit / state->out_height * state->input.height * in_row;
    float *y = call->output + unit * state->out_width * channels;
    const int64_t top = unit % state->out_height * window->stride_h - window->pad_top;
    const convoy_span rows = taps_inside(top, window->kernel_h, state->dilation_h, state->input.height);
    for (int64_t column = 0; column < state->out_width; column += job.pixels) {
        const int64_t left = column * window->stride_w - window->pad_left;
        const convoy_span taps = taps_inside(left, window->kernel_w, state->dilation_w, state->input.width);
        const bool is_empty = rows.first >= rows.end || taps.first >= taps.end;
        job.pixels = (ptrdiff_t)run_length(state, column, taps);
        job.rows = is_empty ? 0 : (ptrdiff_t)(rows.end - rows.first);
        job.taps = (ptrdiff_t)(taps.end - taps.first);
        job.x = is_empty ? image
                         : image + (top + rows.first * state->dilation_h) * in_row +
                               (left + taps.first * state->dilation_w) * channels;
        job.weights =
            is_empty ? call->packed : call->packed + (rows.first * window->kernel_w + taps.first) * state->lanes;
        job.y = y + column * channels;
        call->kernels->depthwise(&job);
    }
}

static void run(const convoy_call *call) {
    const depthwise_state *state = call->state;
    const int64_t channels = state->input.channels;
    const convoy_units rows = convoy_call_units(call);
    const convoy_depthwise_job job = {
        .row_stride = (ptrdiff_t)(state->dilation_h * state->input.width * channels),
        .tap_stride = (ptrdiff_t)(state->dilation_w * channels),
        .pixel_stride = (ptrdiff_t)(state->window.stride_w * channels),
        .weight_row = (ptrdiff_t)state->window.kernel_w * state->lanes,
        .weight_vector = (ptrdiff_t)state->window.kernel_h * state->window.kernel_w * state->lanes,
        .bias = call->bias,
        .slopes = call->slopes,
        .channels = (ptrdiff_t)channels,
        .activation = state->activation,
    };
    for (int64_t row = rows.first; row < rows.end; row++) {
        run_row(call, job, row);
    }
}

/* With those on zeros that fill vectors; those that windows at the edges leave out are counted too. */
static void work_of(const convoy_internals *internals, int64_t images, int32_t phase, convoy_work *work) {
    const depthwise_state *state = convoy_state_of(internals);
    const int64_t taps = (int64_t)state->window.kernel_h * state->window.kernel_w;
    const int64_t padded_channels = convoy_round_up(state->input.channels, state->lanes);
    (void)phase;
    work->operations = 2.0 * (double)(images * state->out_height * state->out_width) * (double)(taps * padded_channels);
}

/* Planned by way of a conv2d. */
const convoy_operator convoy_depthwise_operator = {
    .pack = pack,
    .run = run,
    .work = work_of,
};
