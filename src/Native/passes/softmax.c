/* Softmax over the channels of each pixel. A pixel with NaN or +infinity, or of -infinity alone, becomes NaN. */
#include "core/geometry.h"
#include "passes/passes.h"
#include "plan/sizes.h"
#include "plan/units.h"

#include <math.h>

typedef struct softmax_state {
    int64_t channels;
} softmax_state;

CONVOY_STATE_FITS(softmax_state);

int32_t convoy_plan_softmax(const convoy_softmax_desc *desc, convoy_plan *plan) {
    convoy_draft draft;
    const int32_t status = convoy_plan_begin(&draft, &convoy_softmax_operator, desc, plan);
    if (status != CONVOY_OK) {
        return status;
    }
    if (!convoy_is_map(desc->height, desc->width, desc->channels)) {
        return CONVOY_BAD_VALUE;
    }
    draft.plan.input_image_bytes = convoy_image_bytes(&draft, desc->height, desc->width, desc->channels, sizeof(float));
    draft.plan.output_image_bytes = draft.plan.input_image_bytes;
    softmax_state *state = convoy_draft_state(&draft);
    state->channels = desc->channels;
    convoy_plan_units(&draft, (int64_t)desc->height * desc->width, desc->channels);
    return convoy_plan_seal(&draft, plan);
}

/* The largest is taken off first, so that no exponential overflows; the sum is in double, in the channels' order. */
void convoy_softmax_pixel(const float *x, float *y, int64_t channels) {
    float largest = x[0];
    for (int64_t c = 1; c < channels; c++) {
        largest = x[c] > largest ? x[c] : largest;
    }
    double sum = 0.0;
    for (int64_t c = 0; c < channels; c++) {
        y[c] = expf(x[c] - largest);
        sum += (double)y[c];
    }
    for (int64_t c = 0; c < channels; c++) {
        y[c] = (float)((double)y[c] / sum);
    }
}

static void run(const convoy_call *call) {
    const softmax_state *state = call->state;
    const int64_t channels = state->channels;
    const convoy_units pixels = convoy_call_units(call);
    for (int64_t pixel = pixels.first; pixel < pixels.end; pixel++) {
        convoy_softmax_pixel((const float *)call->input + pixel * channels, call->output + pixel * channels, channels);
    }
}

const convoy_operator convoy_softmax_operator = {
    .number = CONVOY_OP_SOFTMAX,
    .name = "softmax",
    CONVOY_DESCRIBED_BY(convoy_softmax_desc),
    .run = run,
};
