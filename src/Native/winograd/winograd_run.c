/* Running Winograd convolution, phase by phase; winograd.c explains it. */
#include "winograd/winograd_run.h"

#include "gemm/gemm_run.h"
#include "winograd/micro_batch.h"
#include "winograd/transforms.h"

/* The panel's weights and the tiles' values in the plane after this one: behind the last there is none. */
static convoy_prefetch next_plane(const convoy_winograd_state *state, const float *values, const float *packed,
                                  int64_t plane_floats) {
    return (convoy_prefetch){
        .first = (uintptr_t)packed + (uintptr_t)plane_floats * sizeof(float),
        .second = (uintptr_t)values + (uintptr_t)state->value_plane * sizeof(float),
        .first_lines = (ptrdiff_t)(plane_floats * (int64_t)sizeof(float) / CONVOY_CACHE_LINE),
    };
}

/* The GEMMs of a block of tiles with one packed panel, plane by plane. */
static void multiply(const convoy_call *call, const winograd_numbering *tiles, winograd_range block, int64_t group,
                     int64_t panel, const ptrdiff_t *row_indirection, float *results) {
    const convoy_winograd_state *state = call->state;
    const int32_t planes_h = winograd_points_of(&state->rows, state->pairs);
    const int32_t planes_w = winograd_points_of(&state->columns, state->pairs);
    const int64_t first_channel = panel * state->gemm.panel;
    const ptrdiff_t run_indirection = 0;
    convoy_gemm one_panel = state->gemm;
    one_panel.channels = convoy_min(one_panel.panel, state->gemm.channels - first_channel);
    one_panel.activation = CONVOY_ACTIVATION_NONE;
    const int64_t plane_floats = convoy_gemm_packed_count(&one_panel);
    const float *packed =
        call->packed +
        planes_h * planes_w * (group * convoy_gemm_packed_count(&state->gemm) + first_channel * state->gemm.depth);
    for (int32_t plane = 0; plane < planes_h * planes_w; plane++, packed += plane_floats) {
        const winograd_range present = convoy_winograd_tiles_of_plane(tiles, plane / planes_w == 2 * state->pairs,
                                                                      plane % planes_w == 2 * state->pairs, block);
        if (present.begin >= present.end) {
            continue;
        }
        const float *values = (const float *)call->workspace + plane * state->value_plane +
                              present.begin * state->value_stride + group * state->gemm.inner;
        const convoy_gemm_operands operands = {
            .x = values,
            .row_indirection = row_indirection,
            .run_indirection = &run_indirection,
            .row_count = (ptrdiff_t)(present.end - present.begin),
            .packed = packed,
            .y = results + plane * state->result_plane + (present.begin - block.begin) * state->gemm.panel,
            .y_stride = (ptrdiff_t)state->gemm.panel,
            .prefetch = next_plane(state, values, packed, plane_floats),
        };
        convoy_gemm_run(call->kernels, &one_panel, &operands, 0, 1);
    }
}

/* Items of one panel are neighbours, so that its weights come from memory once a micro-batch. */
static void multiply_and_transform(const convoy_call *call, int64_t first_image, int64_t images) {
    const convoy_winograd_state *state = call->state;
    ptrdiff_t *row_indirection = call->scratch;
    float *results = (float *)((char *)call->scratch + state->results_offset);
    const int64_t blocks = convoy_winograd_blocks_of(state, images);
    for (int64_t i = 0; i < state->block_tiles; i++) {
        row_indirection[i] = (ptrdiff_t)(i * state->value_stride);
    }
    for (int64_t item = call->first; item < call->end; item++) {
        const int64_t begin = item % blocks * state->block_tiles;
        const winograd_range block = {begin,
                                      convoy_min(begin + state->block_tiles, images * winograd_tiles_of_image(state))};
        const winograd_numbering tiles =
            convoy_winograd_number_tiles(state, images, begin / winograd_tiles_of_image(state));
        const int64_t group = item / blocks / state->gemm.panels;
        const int64_t panel = item / blocks % state->gemm.panels;
        const int64_t channel = panel * state->gemm.panel;
        const winograd_outputs outputs = {
            .tiles = &tiles,
            .first_image = first_image,
            .first_tile = block.begin,
            .end_tile = block.end,
            .first_channel = group * state->gemm.channels + channel,
            .channels = convoy_min(state->gemm.panel, state->gemm.channels - channel),
            .results = results,
        };
        multiply(call, &tiles, block, group, panel, row_indirection, results);
        if (winograd_pools(state)) {
            convoy_winograd_pool_outputs(call, &outputs);
        } else {
            convoy_winograd_write_outputs(call, &outputs);
        }
    }
}

void convoy_winograd_run(const convoy_call *call) {
    const convoy_winograd_state *state = call->state;
    const winograd_range images = convoy_winograd_images_of(state, call->images, call->phase / 2);
    if (call->phase % 2 == 0) {
        convoy_winograd_input_transform(call, images);
    } else {
        multiply_and_transform(call, images.begin, images.end - images.begin);
    }
}
