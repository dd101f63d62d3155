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

static int32_t plan(convoy_draft *draft, const void *descriptor) {
    const convoy_concat_desc *desc = descriptor;
    if (!convoy_is_image(desc->input) || !convoy_is_extent(desc->out_channels) || desc->channel_offset < 0 ||
        desc->channel_offset > desc->out_channels - desc->input.channels) {
        return CONVOY_BAD_VALUE;
    }
    draft->plan.input_image_bytes = convoy_map_bytes(draft, desc->input);
    draft->plan.output_image_bytes =
        convoy_image_bytes(draft, desc->input.height, desc->input.width, desc->out_channels, sizeof(float));
    concat_state *state = convoy_draft_state(draft);
    *state = (concat_state){
        .channels = desc->input.channels,
        .out_channels = desc->out_channels,
        .channel_offset = desc->channel_offset,
    };
    convoy_plan_units(draft, (int64_t)desc->input.height * desc->input.width, desc->input.channels);
    return CONVOY_OK;
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
    .plan = plan,
    .run = run,
};
