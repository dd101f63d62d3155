/*
 * Binary element-wise operators: of two feature maps, or of one and a scalar or a value a channel, constants or each
 * image's own. A unit of work is an element, or a pixel where something goes with the channels.
 */
#include "activation/activation.h"
#include "core/geometry.h"
#include "passes/binary_job.h"
#include "plan/operator.h"
#include "plan/sizes.h"
#include "plan/units.h"

typedef struct operand_kind {
    bool is_scalar;   /* one number goes with all elements, */
    bool by_channel;  /* or one with those of a channel */
    bool is_constant; /* found in the bias; else in the second input, */
    bool of_image;    /* which has them for each image */
} operand_kind;

static const operand_kind operands[] = {
    [CONVOY_OPERAND_TENSOR] = {0},
    [CONVOY_OPERAND_SCALAR] = {.is_scalar = true, .is_constant = true},
    [CONVOY_OPERAND_CHANNELS] = {.by_channel = true, .is_constant = true},
    [CONVOY_OPERAND_IMAGE_SCALAR] = {.is_scalar = true, .of_image = true},
    [CONVOY_OPERAND_IMAGE_CHANNELS] = {.by_channel = true, .of_image = true},
};

enum { OPERANDS = sizeof operands / sizeof operands[0] };

static_assert((int)OPERANDS == CONVOY_OPERAND_COUNT, "an operand has no row");

typedef struct binary_state {
    int32_t kind, operand, is_operand_first;
    convoy_activation_desc activation;
    bool by_channel; /* a row is a pixel */
    int64_t unit_floats;
    int64_t operand_floats; /* of an image, or of all */
} binary_state;

CONVOY_STATE_FITS(binary_state);

#define COUNT_ROW(...) +1

static_assert(CONVOY_BINARIES(COUNT_ROW) == CONVOY_BINARY_COUNT, "a binary operator has no row, or two");

/* The order of two maps is the caller's. */
static bool is_valid(const convoy_binary_desc *desc) {
    return convoy_is_image(desc->input) && desc->kind >= CONVOY_BINARY_ADD && desc->kind < CONVOY_BINARY_COUNT &&
           desc->operand >= 0 && desc->operand < OPERANDS && desc->is_operand_first >= 0 &&
           desc->is_operand_first <= (desc->operand != CONVOY_OPERAND_TENSOR) &&
           convoy_is_activation(&desc->activation);
}

static int32_t plan(convoy_draft *draft, const void *descriptor) {
    const convoy_binary_desc *desc = descriptor;
    if (!is_valid(desc)) {
        return CONVOY_BAD_VALUE;
    }
    const operand_kind *operand = &operands[desc->operand];
    const bool has_slopes = convoy_activation_has_slopes(desc->activation.kind);
    const bool by_channel = has_slopes || operand->by_channel;
    const int64_t pixels = (int64_t)desc->input.height * desc->input.width;
    binary_state *state = convoy_draft_state(draft);
    *state = (binary_state){
        .kind = desc->kind,
        .operand = desc->operand,
        .is_operand_first = desc->is_operand_first,
        .activation = desc->activation,
        .by_channel = by_channel,
        .unit_floats = by_channel ? desc->input.channels : 1,
        .operand_floats = operand->is_scalar ? 1 : desc->input.channels,
    };
    const uint64_t operand_count = (uint64_t)state->operand_floats;
    draft->plan.slope_count = has_slopes ? (uint64_t)desc->input.channels : 0;
    draft->plan.input_image_bytes = convoy_map_bytes(draft, desc->input);
    draft->plan.output_image_bytes = draft->plan.input_image_bytes;
    draft->plan.input2_image_bytes = draft->plan.input_image_bytes;
    if (operand->is_constant) {
        draft->internals.needs_bias = 1;
        draft->plan.bias_count = operand_count;
        draft->plan.input2_image_bytes = 0;
    } else if (operand->of_image) {
        draft->plan.input2_image_bytes = operand_count * sizeof(float);
    }
    convoy_plan_units(draft, by_channel ? pixels : pixels * desc->input.channels, state->unit_floats);
    return CONVOY_OK;
}

/* Where the operand of so many units begins. */
static const float *operand_at(const convoy_call *call, int64_t first) {
    const binary_state *state = call->state;
    const operand_kind *operand = &operands[state->operand];
    if (operand->is_constant) {
        return call->bias;
    }
    return call->input2 + (operand->of_image ? first / call->internals->units_per_image * state->operand_floats
                                             : first * state->unit_floats);
}

/* Step by step: an activation that is a pass then finds what was stored in the cache. */
static void run(const convoy_call *call) {
    const binary_state *state = call->state;
    const operand_kind *operand = &operands[state->operand];
    const convoy_units units = convoy_call_units(call);
    convoy_binary_job job = {
        .operand_row = 0,
        .is_scalar = operand->is_scalar,
        .is_operand_first = state->is_operand_first,
        .kind = state->kind,
        .activation = state->activation,
        .slopes = call->slopes,
    };
    for (int64_t first = units.first; first < units.end;) {
        int64_t count = convoy_min(call->internals->units_per_step, units.end - first);
        if (operand->of_image) {
            const int64_t units_of_image = call->internals->units_per_image;
            count = convoy_min(count, units_of_image - first % units_of_image);
        }
        job.x = (const float *)call->input + first * state->unit_floats;
        job.y = call->output + first * state->unit_floats;
        job.rows = (ptrdiff_t)(state->by_channel ? count : 1);
        job.count = (ptrdiff_t)(state->by_channel ? state->unit_floats : count);
        job.operand = operand_at(call, first);
        if (state->operand == CONVOY_OPERAND_TENSOR) {
            job.operand_row = job.count;
        }
        call->kernels->binary(&job);
        first += count;
    }
}

const convoy_operator convoy_binary_operator = {
    .plan = plan,
    .run = run,
};
