/* Layout and type changes at a network's ends: NCHW to NHWC and back, bytes to floats. */
#include "core/arithmetic.h"
#include "core/geometry.h"
#include "plan/operator.h"
#include "plan/sizes.h"
#include "plan/units.h"

/* A square of this many pixels by channels is transposed at a time, so that both sides stay in the cache. */
enum { BLOCK = 16 };

/* Bytes to floats: fewest scales and shifts laid out side by side, so that few channels still fill vectors. */
enum { SPREAD = 256 };

typedef struct transform_state {
    int32_t kind;
    int64_t pixels, channels;
    int64_t repeats; /* bytes to floats: pixels whose scales and shifts are laid out side by side */
} transform_state;

CONVOY_STATE_FITS(transform_state);

static int32_t plan(convoy_draft *draft, const void *descriptor) {
    const convoy_transform_desc *desc = descriptor;
    if (!convoy_is_image(desc->input) || desc->kind < CONVOY_TRANSFORM_NCHW_TO_NHWC ||
        desc->kind >= CONVOY_TRANSFORM_COUNT) {
        return CONVOY_BAD_VALUE;
    }
    const bool from_bytes = desc->kind == CONVOY_TRANSFORM_BYTES_TO_FLOATS;
    transform_state *state = convoy_draft_state(draft);
    *state = (transform_state){
        .kind = desc->kind,
        .pixels = (int64_t)desc->input.height * desc->input.width,
        .channels = desc->input.channels,
        .repeats = convoy_ceil_div(SPREAD, desc->input.channels),
    };
    draft->plan.output_image_bytes = convoy_map_bytes(draft, desc->input);
    draft->plan.input_image_bytes = draft->plan.output_image_bytes / (from_bytes ? sizeof(float) : 1);
    if (from_bytes) {
        draft->internals.input_alignment = 1;
        draft->internals.needs_bias = 1;
        draft->plan.bias_count = 2 * (uint64_t)desc->input.channels;
        draft->plan.scratch_bytes = 2 * (uint64_t)(state->repeats * state->channels) * sizeof(float);
    }
    convoy_plan_units(draft, state->pixels, desc->input.channels);
    return CONVOY_OK;
}

/* y[column][row] = x[row][column]; strides in floats. */
static void transpose(const float *restrict x, int64_t x_stride, float *restrict y, int64_t y_stride, int64_t rows,
                      int64_t columns) {
    for (int64_t row_block = 0; row_block < rows; row_block += BLOCK) {
        const int64_t row_end = convoy_min(row_block + BLOCK, rows);
        for (int64_t column_block = 0; column_block < columns; column_block += BLOCK) {
            const int64_t column_end = convoy_min(column_block + BLOCK, columns);
            for (int64_t column = column_block; column < column_end; column++) {
                for (int64_t row = row_block; row < row_end; row++) {
                    y[column * y_stride + row] = x[row * x_stride + column];
                }
            }
        }
    }
}

static void change_layout(const transform_state *state, const float *x, float *y, convoy_units units, bool to_nhwc) {
    const int64_t image_floats = state->pixels * state->channels;
    for (int64_t first = units.first; first < units.end;) {
        const int64_t image = first / state->pixels * image_floats;
        const int64_t pixel = first % state->pixels;
        const int64_t count = convoy_min(state->pixels - pixel, units.end - first);
        const int64_t planar = image + pixel;
        const int64_t interleaved = image + pixel * state->channels;
        if (to_nhwc) {
            transpose(x + planar, state->pixels, y + interleaved, state->channels, state->channels, count);
        } else {
            transpose(x + interleaved, state->channels, y + planar, state->pixels, count, state->channels);
        }
        first += count;
    }
}

static void bytes_to_floats(const convoy_call *call, convoy_units units) {
    const transform_state *state = call->state;
    const int64_t spread = state->repeats * state->channels;
    float *scale = call->scratch;
    float *shift = scale + spread;
    for (int64_t i = 0; i < spread; i++) {
        scale[i] = call->bias[i % state->channels];
        shift[i] = call->bias[state->channels + i % state->channels];
    }
    const uint8_t *x = call->input;
    const int64_t end = units.end * state->channels;
    for (int64_t i = units.first * state->channels; i < end; i += spread) {
        call->kernels->bytes_to_floats(x + i, scale, shift, call->output + i, (ptrdiff_t)convoy_min(spread, end - i));
    }
}

static void to_nhwc(const convoy_call *call, convoy_units units) {
    change_layout(call->state, call->input, call->output, units, true);
}

static void to_nchw(const convoy_call *call, convoy_units units) {
    change_layout(call->state, call->input, call->output, units, false);
}

static void run(const convoy_call *call) {
    static void (*const kinds[])(const convoy_call *call, convoy_units units) = {
        [CONVOY_TRANSFORM_NCHW_TO_NHWC] = to_nhwc,
        [CONVOY_TRANSFORM_NHWC_TO_NCHW] = to_nchw,
        [CONVOY_TRANSFORM_BYTES_TO_FLOATS] = bytes_to_floats,
    };
    static_assert(sizeof kinds / sizeof kinds[0] == CONVOY_TRANSFORM_COUNT, "a kind of transform has no row");
    const transform_state *state = call->state;
    kinds[state->kind](call, convoy_call_units(call));
}

const convoy_operator convoy_transform_operator = {
    .plan = plan,
    .run = run,
};
