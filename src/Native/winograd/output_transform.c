/* The output transform: the results of the GEMMs at a tile's points to its outputs. */
#include "winograd/transforms.h"
#include "winograd/winograd_job.h"

void convoy_winograd_output_transform(const convoy_call *call, const winograd_outputs *outputs, winograd_place at,
                                      winograd_target to) {
    const convoy_winograd_state *state = call->state;
    const int64_t number = convoy_winograd_number_of(state, outputs->tiles, at);
    convoy_winograd_output_tile tile = {
        .results = outputs->results + (number - outputs->first_tile) * state->gemm.panel,
        .plane_stride = (ptrdiff_t)state->result_plane,
        .pairs = state->pairs,
        .points_h = winograd_points_of_tile(&state->rows, state->pairs, at.row),
        .points_w = winograd_points_of_tile(&state->columns, state->pairs, at.column),
        .planes_w = winograd_points_of(&state->columns, state->pairs),
        .outputs_h = winograd_outputs_of_tile(&state->rows, at.row),
        .outputs_w = winograd_outputs_of_tile(&state->columns, at.column),
        .channels = (ptrdiff_t)outputs->channels,
        .bias = call->bias != NULL ? call->bias + outputs->first_channel : NULL,
        .slopes = call->slopes != NULL ? call->slopes + outputs->first_channel : NULL,
        .activation = state->gemm.activation,
        .residual = to.residual,
        .y = to.y,
        .row_stride = to.row_stride,
        .pixel_stride = to.pixel_stride,
    };
    tile.rows = (int32_t)convoy_min(tile.outputs_h, state->out_height - winograd_begin_of(&state->rows, at.row));
    tile.columns =
        (int32_t)convoy_min(tile.outputs_w, state->out_width - winograd_begin_of(&state->columns, at.column));
    call->kernels->winograd_output_transform(&tile);
}

void convoy_winograd_write_outputs(const convoy_call *call, const winograd_outputs *outputs) {
    const convoy_winograd_state *state = call->state;
    const ptrdiff_t pixel_stride = state->map_channels;
    const ptrdiff_t row_stride = pixel_stride * state->out_width;
    for (int64_t number = outputs->first_tile; number < outputs->end_tile; number++) {
        const winograd_place at = convoy_winograd_place_of(outputs->tiles, number);
        const int64_t row =
            (outputs->first_image + at.image) * state->out_height + winograd_begin_of(&state->rows, at.row);
        const int64_t column = winograd_begin_of(&state->columns, at.column);
        const int64_t first = row * row_stride + column * pixel_stride + state->channel_offset + outputs->first_channel;
        const winograd_target to = {
            .residual = state->has_residual ? call->input2 + first : NULL,
            .y = call->output + first,
            .row_stride = row_stride,
            .pixel_stride = pixel_stride,
        };
        convoy_winograd_output_transform(call, outputs, at, to);
    }
}
