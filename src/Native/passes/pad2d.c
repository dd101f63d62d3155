/* Rows and columns of a constant around a feature map. A work item is a few rows of output. */
#include "core/geometry.h"
#include "plan/operator.h"
#include "plan/sizes.h"
#include "plan/units.h"

#include <string.h>

typedef struct pad2d_state {
    int64_t height, out_height, pad_top;
    int64_t before, middle, after; /* floats of a row of output */
    float value;
} pad2d_state;

CONVOY_STATE_FITS(pad2d_state);

static int32_t plan(convoy_draft *draft, const void *descriptor) {
    const convoy_pad2d_desc *desc = descriptor;
    if (!convoy_is_image(desc->input) || !convoy_is_padding(desc->pad_top) || !convoy_is_padding(desc->pad_left) ||
        !convoy_is_padding(desc->pad_bottom) || !convoy_is_padding(desc->pad_right)) {
        return CONVOY_BAD_VALUE;
    }
    const convoy_image output = {
        .height = desc->pad_top + desc->input.height + desc->pad_bottom,
        .width = desc->pad_left + desc->input.width + desc->pad_right,
        .channels = desc->input.channels,
    };
    if (!convoy_is_image(output)) {
        return CONVOY_BAD_VALUE;
    }
    pad2d_state *state = convoy_draft_state(draft);
    *state = (pad2d_state){
        .height = desc->input.height,
        .out_height = output.height,
        .pad_top = desc->pad_top,
        .before = (int64_t)desc->pad_left * output.channels,
        .middle = (int64_t)desc->input.width * output.channels,
        .after = (int64_t)desc->pad_right * output.channels,
        .value = desc->value,
    };
    draft->plan.input_image_bytes = convoy_map_bytes(draft, desc->input);
    draft->plan.output_image_bytes = convoy_map_bytes(draft, output);
    convoy_plan_units(draft, output.height, (int64_t)output.width * output.channels);
    return CONVOY_OK;
}

static float *fill(float *y, int64_t count, float value) {
    for (int64_t i = 0; i < count; i++) {
        y[i] = value;
    }
    return y + count;
}

static void run(const convoy_call *call) {
    const pad2d_state *state = call->state;
    const convoy_units rows = convoy_call_units(call);
    float *y = call->output + rows.first * (state->before + state->middle + state->after);
    for (int64_t row = rows.first; row < rows.end; row++) {
        const int64_t image = row / state->out_height;
        const int64_t from = row % state->out_height - state->pad_top;
        y = fill(y, state->before, state->value);
        if (from >= 0 && from < state->height) {
            memcpy(y, (const float *)call->input + (image * state->height + from) * state->middle,
                   (size_t)state->middle * sizeof(float));
            y += state->middle;
        } else {
            y = fill(y, state->middle, state->value);
        }
        y = fill(y, state->after, state->value);
    }
}

const convoy_operator convoy_pad2d_operator = {
    .plan = plan,
    .run = run,
};
