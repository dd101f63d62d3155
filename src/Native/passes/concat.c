/* One input of a concatenation: feature maps copied into some channels of a wider output. */
#include "core/geometry.h"
#include "plan/operator.h"
#include "plan/sizes.h"
#include "plan/units.h"

#include <string.h>

typedef struct concat_state {
    int64_t channels, out_channels, channel_offset;
} concat_state;

CONVOY_STATE_FITS(concat_state);

int32_t convoy_plan_concat(const convoy_concat_desc *desc, convoy_plan *plan) {
    convoy_draft draft;
    const int32_t status = convoy_plan_begin(&draft, &convoy_concat_operator, desc, plan);
    if (status != CONVOY_OK) {
        return status;
    }
    if (!convoy_is_image(desc->input) || !convoy_is_extent(desc->out_channels) || desc->channel_offset < 0 ||
        desc->channel_offset > desc->out_channels - desc->input.channels) {
        return CONVOY_BAD_VALUE;
    }
    draft.plan.input_image_bytes = convoy_map_bytes(&draft, desc->input);
    draft.plan.output_image_bytes =
        convoy_image_bytes(&draft, desc->input.height, desc->input.width, desc->out_channels, sizeof(float));
    concat_state *state = convoy_draft_state(&draft);
    *state = (concat_state){
        .channels = desc->input.channels,
        .out_channels = desc->out_channels,
        .channel_offset = desc->channel_offset,
    };
    convoy_plan_units(&draft, (int64_t)desc->input.height * desc->input.width, desc->input.channels);
    return convoy_plan_seal(&draft, plan);
}

static void run(const convoy_call *call) {
    const concat_state *state = call->state;
    const convoy_units pixels = convoy_call_units(call);
    for (int64_t pixel = pixels.first; pixel < pixels.end; pixel++) {
        memcpy(call->output + pixel * state->out_channels + state->channel_offset,
               (const float *)call->input + pixel * state->channels, (size_t)state->channels * sizeof(float));
    }
}

const convoy_operator convoy_concat_operator = {
    .number = CONVOY_OP_CONCAT,
    .name = "concat",
    .desc_size = sizeof(convoy_concat_desc),
    .run = run,
};
