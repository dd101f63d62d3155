/* Activations, and the sum of two feature maps: one pass over the elements. */
#include "activation/activation.h"
#include "core/geometry.h"
#include "passes/passes.h"
#include "plan/sizes.h"
#include "plan/units.h"

typedef struct elementwise_state {
    int32_t kind, activation;
} elementwise_state;

CONVOY_STATE_FITS(elementwise_state);

int32_t convoy_plan_elementwise(const convoy_elementwise_desc *desc, convoy_plan *plan) {
    convoy_draft draft;
    const int32_t status = convoy_plan_begin(&draft, &convoy_elementwise_operator, desc, plan);
    if (status != CONVOY_OK) {
        return status;
    }
    if (!convoy_is_map(desc->height, desc->width, desc->channels) || !convoy_is_activation(desc->activation) ||
        desc->kind < CONVOY_ELEMENTWISE_ACTIVATION || desc->kind > CONVOY_ELEMENTWISE_ADD) {
        return CONVOY_BAD_VALUE;
    }
    draft.plan.input_image_bytes = convoy_image_bytes(&draft, desc->height, desc->width, desc->channels, sizeof(float));
    draft.plan.output_image_bytes = draft.plan.input_image_bytes;
    draft.internals.has_second_input = desc->kind == CONVOY_ELEMENTWISE_ADD;
    elementwise_state *state = convoy_draft_state(&draft);
    *state = (elementwise_state){.kind = desc->kind, .activation = desc->activation};
    convoy_plan_units(&draft, (int64_t)desc->height * desc->width * desc->channels, 1);
    return convoy_plan_seal(&draft, plan);
}

static void run(const convoy_call *call) {
    const elementwise_state *state = call->state;
    const convoy_units units = convoy_call_units(call);
    const float *x = (const float *)call->input + units.first;
    float *y = call->output + units.first;
    const ptrdiff_t count = (ptrdiff_t)(units.end - units.first);
    switch (state->kind) {
    case CONVOY_ELEMENTWISE_ACTIVATION:
        call->kernels->activate(x, y, count, state->activation);
        break;
    case CONVOY_ELEMENTWISE_ADD:
        call->kernels->add(x, call->input2 + units.first, y, count, state->activation);
        break;
    }
}

const convoy_operator convoy_elementwise_operator = {
    .number = CONVOY_OP_ELEMENTWISE,
    .name = "elementwise",
    CONVOY_DESCRIBED_BY(convoy_elementwise_desc),
    .run = run,
};
