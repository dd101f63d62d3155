/*
 * Winograd convolution with pooling behind it: the outputs of an image's tiles go to scratch, a row of tiles at a time,
 * and from there pooled to the output, so that the convolution's own map is never in memory.
 *
 * Scratch holds a band of the map's rows: those that the windows not yet complete have read from, and a row of tiles
 * below them. Pooling is the operator's own kernel on the same windows, so the bits are those of pooling by itself.
 */
#include "core/geometry.h"
#include "passes/pool_job.h"
#include "winograd/transforms.h"

#include <string.h>

/* Rows [begin, end) of an image's outputs, in the channels of a panel. */
typedef struct band {
    float *data;
    ptrdiff_t row_floats, channels;
    int64_t begin, end;
} band;

int64_t convoy_winograd_band_rows(const convoy_winograd_state *state) {
    return convoy_min(state->out_height, state->pool.window.kernel_h - 1LL + winograd_most_outputs_of(&state->rows));
}

/* The outputs of a row of tiles, behind what the band has. */
static void transform_row(const convoy_call *call, const winograd_outputs *outputs, winograd_place at, band *band) {
    const convoy_winograd_state *state = call->state;
    float *row = band->data + (band->end - band->begin) * band->row_floats;
    for (at.column = 0; at.column < winograd_tiles_of(&state->columns); at.column++) {
        const winograd_target to = {
            .y = row + winograd_begin_of(&state->columns, at.column) * band->channels,
            .row_stride = band->row_floats,
            .pixel_stride = band->channels,
        };
        convoy_winograd_output_transform(call, outputs, at, to);
    }
    band->end = convoy_min(winograd_begin_of(&state->rows, at.row + 1), state->out_height);
}

/* The windows of one row. */
static void pool_row(const convoy_call *call, const band *band, convoy_span rows, float *y) {
    const convoy_winograd_state *state = call->state;
    const convoy_max_pool *pool = &state->pool;
    const float *x = band->data + (rows.first - band->begin) * band->row_floats;
    for (int64_t column = 0; column < pool->out_width; column++) {
        const convoy_span columns = convoy_window_at(column, pool->window.kernel_w, pool->window.stride_w,
                                                     pool->window.pad_left, state->out_width);
        const convoy_pool_window window = {
            .x = x + columns.first * band->channels,
            .row_stride = band->row_floats,
            .column_stride = band->channels,
            .rows = (ptrdiff_t)(rows.end - rows.first),
            .columns = (ptrdiff_t)(columns.end - columns.first),
            .channels = band->channels,
            .y = y + column * state->map_channels,
        };
        call->kernels->pool_max(&window);
    }
}

/* Forgets the rows above one, and moves the others up. */
static void drop_rows(band *band, int64_t row) {
    const int64_t begin = convoy_min(row, band->end);
    const int64_t kept = (band->end - begin) * band->row_floats;
    memmove(band->data, band->data + (begin - band->begin) * band->row_floats, (size_t)kept * sizeof(float));
    band->begin = begin;
}

static void pool_image(const convoy_call *call, const winograd_outputs *outputs, int64_t image) {
    const convoy_winograd_state *state = call->state;
    const convoy_max_pool *pool = &state->pool;
    const int64_t first = (outputs->first_image + image) * pool->out_height;
    const int64_t row_floats = (int64_t)pool->out_width * state->map_channels;
    band band = {
        .data = (float *)((char *)call->scratch + state->band_offset),
        .row_floats = (ptrdiff_t)(state->out_width * outputs->channels),
        .channels = (ptrdiff_t)outputs->channels,
    };
    float *y = call->output + state->channel_offset + outputs->first_channel;
    int64_t pooled = 0;
    for (int64_t row = 0; row < winograd_tiles_of(&state->rows) && pooled < pool->out_height; row++) {
        transform_row(call, outputs, (winograd_place){.image = image, .row = row}, &band);
        convoy_span rows = {0};
        for (; pooled < pool->out_height; pooled++) {
            rows = convoy_window_at(pooled, pool->window.kernel_h, pool->window.stride_h, pool->window.pad_top,
                                    state->out_height);
            if (rows.end > band.end) {
                break;
            }
            pool_row(call, &band, rows, y + (first + pooled) * row_floats);
        }
        drop_rows(&band, rows.first);
    }
}

void convoy_winograd_pool_outputs(const convoy_call *call, const winograd_outputs *outputs) {
    const winograd_numbering *tiles = outputs->tiles;
    for (int64_t image = tiles->first_image; image < tiles->first_image + tiles->images; image++) {
        pool_image(call, outputs, image);
    }
}
