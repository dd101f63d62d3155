/*
 * Instance normalisation (Ulyanov et al. 2016). The first phase sums the numbers of each channel and their squares over
 * segments of an image, which are a matter of its shape alone; the second adds the segments' sums up, always in their
 * order, and normalises. Sums are in double precision, of numbers relative to the image's first pixel, so that nothing
 * cancels where a channel's numbers are alike.
 */
#include "activation/activation.h"
#include "activation/activation_job.h"
#include "core/arithmetic.h"
#include "core/geometry.h"
#include "passes/instance_norm_job.h"
#include "plan/operator.h"
#include "plan/sizes.h"

#include <math.h>
#include <string.h>

/* Floats of a segment at the least: enough to hide the call. */
enum { SEGMENT_FLOATS = 16 * 1024 };

/* Segments of an image at the most: each call of the second phase adds all of them up. */
enum { MOST_SEGMENTS = 32 };

typedef struct instance_norm_state {
    int64_t pixels, channels; /* of an image */
    int64_t segment_pixels;
    double epsilon;
    convoy_activation_desc activation;
} instance_norm_state;

CONVOY_STATE_FITS(instance_norm_state);

static int32_t plan(convoy_draft *draft, const void *descriptor) {
    const convoy_instance_norm_desc *desc = descriptor;
    if (!convoy_is_image(desc->input) || !isfinite(desc->epsilon) || desc->epsilon < 0.0f ||
        !convoy_is_activation(&desc->activation)) {
        return CONVOY_BAD_VALUE;
    }
    const int64_t pixels = (int64_t)desc->input.height * desc->input.width;
    const int64_t channels = desc->input.channels;
    instance_norm_state *state = convoy_draft_state(draft);
    *state = (instance_norm_state){
        .pixels = pixels,
        .channels = channels,
        .segment_pixels = convoy_max(convoy_ceil_div(SEGMENT_FLOATS, channels), convoy_ceil_div(pixels, MOST_SEGMENTS)),
        .epsilon = (double)desc->epsilon,
        .activation = desc->activation,
    };
    const int64_t segments = convoy_ceil_div(pixels, state->segment_pixels);
    draft->internals.units_per_image = segments;
    draft->internals.units_per_step = 1;
    draft->internals.items_per_step = 1;
    draft->plan.phases = 2;
    draft->plan.input_image_bytes = convoy_map_bytes(draft, desc->input);
    draft->plan.output_image_bytes = draft->plan.input_image_bytes;
    draft->plan.weight_count = (uint64_t)channels;
    draft->plan.packed_bytes = convoy_aligned(draft, (uint64_t)channels * sizeof(float));
    draft->plan.bias_count = (uint64_t)channels;
    draft->plan.slope_count = convoy_activation_has_slopes(desc->activation.kind) ? (uint64_t)channels : 0;
    draft->plan.scratch_bytes = 3 * (uint64_t)channels * sizeof(float);
    draft->plan.workspace_bytes = convoy_image_bytes(draft, draft->plan.batch, segments, channels, 2 * sizeof(double));
    return CONVOY_OK;
}

static void pack(const convoy_internals *internals, const float *weights, void *packed) {
    const instance_norm_state *state = convoy_state_of(internals);
    memcpy(packed, weights, (size_t)state->channels * sizeof(float));
}

static int64_t all_items(const convoy_internals *internals, int64_t images) {
    return 2 * images * internals->units_per_image;
}

/* A channel's mean, relative to its origin, and what the distance from it is multiplied by. */
static void add_segments_up(const convoy_call *call, const double *sums, float *means, float *gains) {
    const instance_norm_state *state = call->state;
    const double pixels = (double)state->pixels;
    for (int64_t c = 0; c < state->channels; c++) {
        double sum = 0.0;
        double squares = 0.0;
        for (int64_t segment = 0; segment < call->internals->units_per_image; segment++) {
            sum += sums[2 * segment * state->channels + c];
            squares += sums[(2 * segment + 1) * state->channels + c];
        }
        const double mean = sum / pixels;
        const double difference = squares / pixels - mean * mean;
        const double variance = difference < 0.0 ? 0.0 : difference; /* NaN stays NaN */
        means[c] = (float)mean;
        gains[c] = (float)((double)call->packed[c] / sqrt(variance + state->epsilon));
    }
}

static void normalize(const convoy_call *call, const convoy_instance_norm_job *job) {
    const instance_norm_state *state = call->state;
    call->kernels->instance_norm_results(job);
    if (state->activation.kind != CONVOY_ACTIVATION_NONE) {
        const convoy_activation_job activation = {
            .x = job->y,
            .y = job->y,
            .rows = job->pixels,
            .row_stride = job->channels,
            .count = job->channels,
            .activation = state->activation,
            .slopes = call->slopes,
        };
        call->kernels->activate(&activation);
    }
}

static void run(const convoy_call *call) {
    const instance_norm_state *state = call->state;
    const int64_t channels = state->channels;
    const int64_t segments = call->internals->units_per_image;
    float *means = call->scratch;
    float *gains = means + channels;
    float *bias = gains + channels;
    if (call->bias != NULL) {
        memcpy(bias, call->bias, (size_t)channels * sizeof(float));
    } else {
        memset(bias, 0, (size_t)channels * sizeof(float));
    }
    int64_t summed = -1; /* the image whose means and gains are there */
    for (int64_t item = call->first; item < call->end; item++) {
        const int64_t image = item / segments;
        const int64_t pixel = item % segments * state->segment_pixels;
        const float *origins = (const float *)call->input + image * state->pixels * channels;
        const convoy_instance_norm_job job = {
            .x = origins + pixel * channels,
            .pixels = (ptrdiff_t)convoy_min(state->segment_pixels, state->pixels - pixel),
            .channels = (ptrdiff_t)channels,
            .origins = origins,
            .sums = (double *)call->workspace + 2 * item * channels,
            .means = means,
            .gains = gains,
            .bias = bias,
            .y = call->output + (image * state->pixels + pixel) * channels,
        };
        if (call->phase == 0) {
            call->kernels->instance_norm_sums(&job);
            continue;
        }
        if (image != summed) {
            add_segments_up(call, (const double *)call->workspace + 2 * image * segments * channels, means, gains);
            summed = image;
        }
        normalize(call, &job);
    }
}

const convoy_operator convoy_instance_norm_operator = {
    .plan = plan,
    .pack = pack,
    .run = run,
    .all_items = all_items,
};
