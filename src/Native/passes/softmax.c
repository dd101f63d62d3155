/* Softmax over the channels of each pixel, or its logarithm. A pixel with NaN or +infinity, or of -infinity alone,
 * becomes NaN. */
#include "passes/softmax.h"
#include "core/geometry.h"
#include "plan/operator.h"
#include "plan/sizes.h"
#include "plan/units.h"

#include <math.h>

typedef void pixel_function(const float *x, float *y, int64_t channels);

static void log_softmax_pixel(const float *x, float *y, int64_t channels);

static pixel_function *const kinds[] = {
    [CONVOY_SOFTMAX_PLAIN] = convoy_softmax_pixel,
    [CONVOY_SOFTMAX_LOG] = log_softmax_pixel,
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

static_assert((int)KINDS == CONVOY_SOFTMAX_COUNT, "a kind of softmax has no row");

typedef struct softmax_state {
    int32_t kind;
    int64_t channels;
} softmax_state;

CONVOY_STATE_FITS(softmax_state);

static int32_t plan(convoy_draft *draft, const void *descriptor) {
    const convoy_softmax_desc *desc = descriptor;
    if (!convoy_is_image(desc->input) || desc->kind < 0 || desc->kind >= KINDS) {
        return CONVOY_BAD_VALUE;
    }
    draft->plan.input_image_bytes = convoy_map_bytes(draft, desc->input);
    draft->plan.output_image_bytes = draft->plan.input_image_bytes;
    softmax_state *state = convoy_draft_state(draft);
    *state = (softmax_state){.kind = desc->kind, .channels = desc->input.channels};
    convoy_plan_units(draft, (int64_t)desc->input.height * desc->input.width, desc->input.channels);
    return CONVOY_OK;
}

static float largest_of(const float *x, int64_t channels) {
    float largest = x[0];
    for (int64_t c = 1; c < channels; c++) {
        largest = x[c] > largest ? x[c] : largest;
    }
    return largest;
}

/* The largest is taken off first, so that no exponential overflows; the sum is in double, in the channels' order. */
void convoy_softmax_pixel(const float *x, float *y, int64_t channels) {
    const float largest = largest_of(x, channels);
    double sum = 0.0;
    for (int64_t c = 0; c < channels; c++) {
        y[c] = expf(x[c] - largest);
        sum += (double)y[c];
    }
    for (int64_t c = 0; c < channels; c++) {
        y[c] = (float)((double)y[c] / sum);
    }
}

static void log_softmax_pixel(const float *x, float *y, int64_t channels) {
    const float largest = largest_of(x, channels);
    double sum = 0.0;
    for (int64_t c = 0; c < channels; c++) {
        sum += (double)expf(x[c] - largest);
    }
    const double log_sum = log(sum);
    for (int64_t c = 0; c < channels; c++) {
        y[c] = (float)((double)x[c] - (double)largest - log_sum);
    }
}

static void run(const convoy_call *call) {
    const softmax_state *state = call->state;
    const int64_t channels = state->channels;
    const convoy_units pixels = convoy_call_units(call);
    for (int64_t pixel = pixels.first; pixel < pixels.end; pixel++) {
        kinds[state->kind]((const float *)call->input + pixel * channels, call->output + pixel * channels, channels);
    }
}

const convoy_operator convoy_softmax_operator = {
    .plan = plan,
    .run = run,
};
