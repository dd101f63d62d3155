/* What the phases of Winograd convolution do: winograd.c explains them. */
#include "winograd/winograd_run.h"

#include "winograd/micro_batch.h"

/* Of a value at a point along one axis: half of the inputs, multiplied and added, then a sum or a difference. */
static double input_operations_of_value(const convoy_winograd_state *state) {
    return 2.0 * state->pairs + 1.0;
}

/* Of a result at a point, along both axes: sums and differences of pairs, each multiplied and added to half of the
 * outputs; along the second axis only as many results as there are outputs along the first. */
static double output_operations_of_result(const convoy_winograd_state *state) {
    const double outputs = state->rows.outputs;
    return (1.0 + outputs) * (1.0 + outputs / (2.0 * state->pairs));
}

static void input_transform_work(const convoy_winograd_state *state, double images, convoy_work *work) {
    const double values = images * winograd_points_of_image(state) * state->channels;
    work->kind = CONVOY_PHASE_INPUT_TRANSFORM;
    work->operations = 2.0 * values * input_operations_of_value(state);
    work->map_bytes = images * state->in_height * state->in_width * state->in_channels * sizeof(float);
    work->weight_bytes = 0;
    work->workspace_bytes = values * sizeof(float);
}

/* Each panel reads the values anew. */
static void gemm_work(const convoy_winograd_state *state, double images, convoy_work *work) {
    const double points = images * winograd_points_of_image(state);
    const double channels = (double)(convoy_gemm_padded_channels(&state->gemm) * state->groups);
    const double out_height = winograd_pools(state) ? state->pool.out_height : state->out_height;
    const double out_width = winograd_pools(state) ? state->pool.out_width : state->out_width;
    work->kind = CONVOY_PHASE_GEMM;
    work->operations = points * channels * (2.0 * (double)state->gemm.depth + output_operations_of_result(state));
    const double maps = state->has_residual ? 2 : 1;
    work->map_bytes =
        maps * images * out_height * out_width * (double)(state->gemm.channels * state->groups) * sizeof(float);
    work->workspace_bytes = points * state->channels * (double)state->gemm.panels * sizeof(float);
}

void convoy_winograd_work(const convoy_internals *internals, int64_t images, int32_t phase, convoy_work *work) {
    const convoy_winograd_state *state = convoy_state_of(internals);
    const winograd_range present = convoy_winograd_images_of(state, images, phase / 2);
    const double count = (double)(present.end - present.begin);
    if (phase % 2 == 0) {
        input_transform_work(state, count, work);
    } else {
        gemm_work(state, count, work);
        work->weight_bytes = count > 0 ? work->weight_bytes : 0;
    }
}
