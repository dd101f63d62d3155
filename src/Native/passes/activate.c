/* An activation by itself: one pass over the elements, or over the pixels where slopes go with the channels. */
#include "activation/activation.h"
#include "activation/activation_job.h"
#include "core/geometry.h"
#include "plan/operator.h"
#include "plan/sizes.h"
#include "plan/units.h"

typedef struct activate_state {
    convoy_activation_desc activation;
    int64_t unit_floats;
} activate_state;

CONVOY_STATE_FITS(activate_state);

static int32_t plan(convoy_draft *draft, const void *descriptor) {
    const convoy_activate_desc *desc = descriptor;
    if (!convoy_is_image(desc->input) || !convoy_is_activation(&desc->activation)) {
        return CONVOY_BAD_VALUE;
    }
    const bool has_slopes = convoy_activation_has_slopes(desc->activation.kind);
    const int64_t pixels = (int64_t)desc->input.height * desc->input.width;
    activate_state *state = convoy_draft_state(draft);
    *state = (activate_state){
        .activation = desc->activation,
        .unit_floats = has_slopes ? desc->input.channels : 1,
    };
    draft->plan.input_image_bytes = convoy_map_bytes(draft, desc->input);
    draft->plan.output_image_bytes = draft->plan.input_image_bytes;
    draft->plan.slope_count = has_slopes ? (uint64_t)desc->input.channels : 0;
    convoy_plan_units(draft, has_slopes ? pixels : pixels * desc->input.channels, state->unit_floats);
    return CONVOY_OK;
}

static void run(const convoy_call *call) {
    const activate_state *state = call->state;
    const convoy_units units = convoy_call_units(call);
    const convoy_activation_job job = {
        .x = (const float *)call->input + units.first * state->unit_floats,
        .y = call->output + units.first * state->unit_floats,
        .rows = (ptrdiff_t)(units.end - units.first),
        .row_stride = (ptrdiff_t)state->unit_floats,
        .count = (ptrdiff_t)state->unit_floats,
        .activation = state->activation,
        .slopes = call->slopes,
    };
    call->kernels->activate(&job);
}

const convoy_operator convoy_activate_operator = {
    .plan = plan,
    .run = run,
};
