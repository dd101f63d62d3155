/* The input transform: an image's rows of tiles to their values at the points, which lie in the workspace. */
#include "winograd/transforms.h"
#include "winograd/winograd_job.h"

#include <string.h>

/* Where a tile's pixels are: inside the image, or in the zeros. */
static void find_pixels(const convoy_winograd_state *state, const float *image, const float *zeros, int64_t row,
                        int64_t column, int32_t points_h, int32_t points_w, const float **pixels) {
    for (int64_t y = row; y < row + points_h; y++) {
        for (int64_t x = column; x < column + points_w; x++) {
            const bool inside = y >= 0 && y < state->in_height && x >= 0 && x < state->in_width;
            *pixels++ = inside ? image + (y * state->in_width + x) * state->in_channels : zeros;
        }
    }
}

/* A row of tiles of one image. */
static void transform_row(const convoy_call *call, const winograd_numbering *tiles, const float *image,
                          winograd_place at) {
    const convoy_winograd_state *state = call->state;
    const float *zeros = (const float *)((char *)call->scratch + state->zeros_offset);
    float *folded = (float *)((char *)call->scratch + state->folded_offset);
    const int32_t planes_w = winograd_points_of(&state->columns, state->pairs);
    const int64_t row = winograd_begin_of(&state->rows, at.row);
    const bool folds = state->stride > 1 || state->is_nchw;
    const float *pixels[WINOGRAD_MOST_POINTS * WINOGRAD_MOST_POINTS];
    convoy_winograd_input_tile tile = {
        .pixels = pixels,
        .channels = state->channels,
        .pairs = state->pairs,
        .points_h = winograd_points_of_tile(&state->rows, state->pairs, at.row),
        .planes_w = planes_w,
        .plane_stride = (ptrdiff_t)state->value_plane,
    };
    if (folds) {
        convoy_winograd_fold(state, image, row, tile.points_h, folded);
    }
    for (at.column = 0; at.column < winograd_tiles_of(&state->columns); at.column++) {
        const int64_t column = winograd_begin_of(&state->columns, at.column);
        tile.points_w = winograd_points_of_tile(&state->columns, state->pairs, at.column);
        tile.values = (float *)call->workspace + convoy_winograd_number_of(state, tiles, at) * state->value_stride;
        if (folds) {
            for (int64_t i = 0; i < tile.points_h; i++) {
                for (int64_t j = 0; j < tile.points_w; j++) {
                    pixels[i * tile.points_w + j] = folded + (i * state->folded_width + column + j) * state->channels;
                }
            }
        } else {
            find_pixels(state, image, zeros, row - state->pad_top, column - state->pad_left, tile.points_h,
                        tile.points_w, pixels);
        }
        call->kernels->winograd_input_transform(&tile);
    }
}

void convoy_winograd_input_transform(const convoy_call *call, winograd_range images) {
    const convoy_winograd_state *state = call->state;
    const int64_t image_floats = (int64_t)state->in_height * state->in_width * state->in_channels;
    const int64_t rows = winograd_tiles_of(&state->rows);
    memset((char *)call->scratch + state->zeros_offset, 0, (size_t)state->channels * sizeof(float));
    for (int64_t item = call->first; item < call->end; item++) {
        const winograd_place at = {.image = item / rows, .row = item % rows};
        const winograd_numbering tiles = convoy_winograd_number_tiles(state, images.end - images.begin, at.image);
        transform_row(call, &tiles, (const float *)call->input + (images.begin + at.image) * image_floats, at);
    }
}
