/*
 * Binary element-wise operators: of two feature maps, or of one and a constant, a scalar or a value a channel. A unit
 * of work is an element, or a pixel where something goes with the channels.
 */
#include "activation/activation.h"
#include "core/geometry.h"
#include "passes/binary_job.h"
#include "plan/operator.h"
#include "plan/sizes.h"
#include "plan/units.h"

typedef struct binary_state {
    int32_t kind, operand, is_operand_first;
    convoy_activation_desc activation;
    bool by_channel; /* a row is a pixel */
    int64_t unit_floats;
} binary_state;

CONVOY_STATE_FITS(binary_state);

#define COUNT_ROW(...) +1

static_assert(CONVOY_BINARIES(COUNT_ROW) == CONVOY_BINARY_COUNT, "a binary operator has no row, or two");

/* The order of two maps is the caller's. */
static bool is_valid(const convoy_binary_desc *desc) {
    return convoy_is_image(desc->input) && desc->kind >= CONVOY_BINARY_ADD && desc->kind < CONVOY_BINARY_COUNT &&
           desc->operand >= CONVOY_OPERAND_TENSOR && desc->operand < CONVOY_OPERAND_COUNT &&
           desc->is_operand_first >= 0 && desc->is_operand_first <= (desc->operand != CONVOY_OPERAND_TENSOR) &&
           convoy_is_activation(&desc->activation);
}

static int32_t plan(convoy_draft *draft, const void *descriptor) {
    const convoy_binary_desc *desc = descriptor;
    if (!is_valid(desc)) {
        return CONVOY_BAD_VALUE;
    }
    const uint64_t constants[] = {
        [CONVOY_OPERAND_TENSOR] = 0,
        [CONVOY_OPERAND_SCALAR] = 1,
        [CONVOY_OPERAND_CHANNELS] = (uint64_t)desc->input.channels,
    };
    static_assert(sizeof constants / sizeof constants[0] == CONVOY_OPERAND_COUNT, "an operand has no row");
    const bool has_slopes = convoy_activation_has_slopes(desc->activation.kind);
    const bool by_channel = has_slopes || desc->operand == CONVOY_OPERAND_CHANNELS;
    const int64_t pixels = (int64_t)desc->input.height * desc->input.width;
    binary_state *state = convoy_draft_state(draft);
    *state = (binary_state){
        .kind = desc->kind,
        .operand = desc->operand,
        .is_operand_first = desc->is_operand_first,
        .activation = desc->activation,
        .by_channel = by_channel,
        .unit_floats = by_channel ? desc->input.channels : 1,
    };
    draft->internals.has_second_input = desc->operand == CONVOY_OPERAND_TENSOR;
    draft->internals.needs_bias = desc->operand != CONVOY_OPERAND_TENSOR;
    draft->plan.bias_count = constants[desc->operand];
    draft->plan.slope_count = has_slopes ? (uint64_t)desc->input.channels : 0;
    draft->plan.input_image_bytes = convoy_map_bytes(draft, desc->input);
    draft->plan.output_image_bytes = draft->plan.input_image_bytes;
    convoy_plan_units(draft, by_channel ? pixels : pixels * desc->input.channels, state->unit_floats);
    return CONVOY_OK;
}

/* Step by step: an activation that is a pass then finds what was stored in the cache. */
static void run(const convoy_call *call) {
    const binary_state *state = call->state;
    const convoy_units units = convoy_call_units(call);
    convoy_binary_job job = {
        .operand = call->bias,
        .operand_row = 0,
        .is_scalar = state->operand == CONVOY_OPERAND_SCALAR,
        .is_operand_first = state->is_operand_first,
        .kind = state->kind,
        .activation = state->activation,
        .slopes = call->slopes,
    };
    for (int64_t first = units.first; first < units.end; first += call->internals->units_per_step) {
        const int64_t count = convoy_min(call->internals->units_per_step, units.end - first);
        job.x = (const float *)call->input + first * state->unit_floats;
        job.y = call->output + first * state->unit_floats;
        job.rows = (ptrdiff_t)(state->by_channel ? count : 1);
        job.count = (ptrdiff_t)(state->by_channel ? state->unit_floats : count);
        if (state->operand == CONVOY_OPERAND_TENSOR) {
            job.operand = call->input2 + first * state->unit_floats;
            job.operand_row = job.count;
        }
        call->kernels->binary(&job);
    }
}

const convoy_operator convoy_binary_operator = {
    .plan = plan,
    .run = run,
};
