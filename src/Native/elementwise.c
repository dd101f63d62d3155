/* Activations, and the sum of two feature maps: one pass over the elements. */
#include "plan.h"

int32_t convoy_plan_elementwise(const convoy_elementwise_desc *desc, convoy_plan *plan) {
    int32_t status = convoy_plan_check(desc, sizeof *desc, plan);
    if (status != CONVOY_OK) {
        return status;
    }
    convoy_draft draft;
    status = convoy_plan_begin(&draft, CONVOY_OP_ELEMENTWISE, desc->isa, desc->batch);
    if (status != CONVOY_OK) {
        return status;
    }
    if (!convoy_is_extent(desc->height) || !convoy_is_extent(desc->width) || !convoy_is_extent(desc->channels) ||
        !convoy_is_activation(desc->activation) || desc->kind < CONVOY_ELEMENTWISE_ACTIVATION ||
        desc->kind > CONVOY_ELEMENTWISE_ADD) {
        return CONVOY_BAD_VALUE;
    }
    draft.plan.input_image_bytes = convoy_image_bytes(&draft, desc->height, desc->width, desc->channels, sizeof(float));
    draft.plan.output_image_bytes = draft.plan.input_image_bytes;
    draft.internals.has_second_input = desc->kind == CONVOY_ELEMENTWISE_ADD;
    draft.internals.state.elementwise = (convoy_elementwise_state){.kind = desc->kind, .activation = desc->activation};
    convoy_plan_units(&draft, (int64_t)desc->height * desc->width * desc->channels, 1);
    return convoy_plan_seal(&draft, plan);
}

void convoy_elementwise_run(const convoy_call *call) {
    const convoy_elementwise_state *state = &call->internals->state.elementwise;
    const convoy_units units = convoy_call_units(call);
    const float *x = (const float *)call->input + units.first;
    float *y = call->output + units.first;
    const ptrdiff_t count = (ptrdiff_t)(units.end - units.first);
    if (state->kind == CONVOY_ELEMENTWISE_ADD) {
        call->kernels->add(x, call->input2 + units.first, y, count, state->activation);
    } else {
        call->kernels->activate(x, y, count, state->activation);
    }
}
