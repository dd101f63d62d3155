/* One input of a concatenation: feature maps copied into some channels of a wider output. */
#include "plan.h"

#include <string.h>

int32_t convoy_plan_concat(const convoy_concat_desc *desc, convoy_plan *plan) {
    int32_t status = convoy_plan_check(desc, sizeof *desc, plan);
    if (status != CONVOY_OK) {
        return status;
    }
    convoy_draft draft;
    status = convoy_plan_begin(&draft, CONVOY_OP_CONCAT, desc->isa, desc->batch);
    if (status != CONVOY_OK) {
        return status;
    }
    if (!convoy_is_extent(desc->height) || !convoy_is_extent(desc->width) || !convoy_is_extent(desc->channels) ||
        !convoy_is_extent(desc->out_channels) || desc->channel_offset < 0 ||
        desc->channel_offset > desc->out_channels - desc->channels) {
        return CONVOY_BAD_VALUE;
    }
    draft.plan.input_image_bytes = convoy_image_bytes(&draft, desc->height, desc->width, desc->channels, sizeof(float));
    draft.plan.output_image_bytes =
        convoy_image_bytes(&draft, desc->height, desc->width, desc->out_channels, sizeof(float));
    draft.internals.state.concat = (convoy_concat_state){
        .channels = desc->channels,
        .out_channels = desc->out_channels,
        .channel_offset = desc->channel_offset,
    };
    convoy_plan_units(&draft, (int64_t)desc->height * desc->width, desc->channels);
    return convoy_plan_seal(&draft, plan);
}

void convoy_concat_run(const convoy_call *call) {
    const convoy_concat_state *state = &call->internals->state.concat;
    const convoy_units pixels = convoy_call_units(call);
    for (int64_t pixel = pixels.first; pixel < pixels.end; pixel++) {
        memcpy(call->output + pixel * state->out_channels + state->channel_offset,
               (const float *)call->input + pixel * state->channels, (size_t)state->channels * sizeof(float));
    }
}
