/* Running Winograd convolution, phase by phase; winograd.c explains it. */
#include "winograd.h"

#include <string.h>

typedef struct range {
    int64_t begin, end;
} range;

static int64_t tiles_of_image(const convoy_winograd_state *state) {
    return winograd_tiles_of(&state->rows) * winograd_tiles_of(&state->columns);
}

/* The numbers of the span that an image of a round of so many is in. */
static winograd_numbering number_tiles(const convoy_winograd_state *state, int64_t images, int64_t image) {
    const int64_t first = image / state->span_images * state->span_images;
    winograd_numbering result = {.first_image = first, .images = convoy_min(state->span_images, images - first)};
    result.begin[0] = first * tiles_of_image(state);
    for (int i = 0; i < WINOGRAD_CLASSES; i++) {
        const bool large_row = i == LARGE_SMALL || i == LARGE_LARGE;
        const bool large_column = i == LARGE_LARGE || i == SMALL_LARGE;
        result.rows[i] = large_row ? state->rows.large_tiles : state->rows.small_tiles;
        result.columns[i] = large_column ? state->columns.large_tiles : state->columns.small_tiles;
        result.first_row[i] = large_row ? 0 : state->rows.large_tiles;
        result.first_column[i] = large_column ? 0 : state->columns.large_tiles;
        result.begin[i + 1] = result.begin[i] + result.images * result.rows[i] * result.columns[i];
    }
    return result;
}

static int64_t number_of(const convoy_winograd_state *state, const winograd_numbering *tiles, winograd_place at) {
    const bool large_row = at.row < state->rows.large_tiles;
    const bool large_column = at.column < state->columns.large_tiles;
    const int i = large_row ? (large_column ? LARGE_LARGE : LARGE_SMALL) : (large_column ? SMALL_LARGE : SMALL_SMALL);
    const int64_t row = (at.image - tiles->first_image) * tiles->rows[i] + at.row - tiles->first_row[i];
    return tiles->begin[i] + row * tiles->columns[i] + at.column - tiles->first_column[i];
}

static winograd_place place_of(const winograd_numbering *tiles, int64_t number) {
    int i = 0;
    while (number >= tiles->begin[i + 1]) {
        i++;
    }
    const int64_t index = number - tiles->begin[i];
    const int64_t row = index / tiles->columns[i];
    return (winograd_place){
        .image = tiles->first_image + row / tiles->rows[i],
        .row = tiles->first_row[i] + row % tiles->rows[i],
        .column = tiles->first_column[i] + index % tiles->columns[i],
    };
}

/* The tiles of [block.begin, block.end) that have a value at the plane. */
static range tiles_of_plane(const winograd_numbering *tiles, bool row_at_infinity, bool column_at_infinity,
                            range block) {
    const int64_t begin = tiles->begin[column_at_infinity ? LARGE_LARGE : LARGE_SMALL];
    const int64_t end = tiles->begin[row_at_infinity      ? SMALL_LARGE
                                     : column_at_infinity ? SMALL_SMALL
                                                          : WINOGRAD_CLASSES];
    return (range){convoy_max(begin, block.begin), convoy_min(end, block.end)};
}

static int32_t points_of_tile(const convoy_winograd_axis *axis, int32_t pairs, int64_t tile) {
    return 2 * pairs + (tile < axis->large_tiles);
}

static int32_t outputs_of_tile(const convoy_winograd_axis *axis, int64_t tile) {
    return axis->outputs + (tile < axis->large_tiles);
}

/* A run's images in rounds: the first ones, `larger` of them, have a unit more than the rest; the last may be short. */
typedef struct division {
    int64_t rounds, fewest_units, larger;
} division;

static division divide_run(const convoy_winograd_state *state, int64_t images) {
    const int64_t units = convoy_ceil_div(images, state->unit_images);
    const int64_t rounds = convoy_ceil_div(images, state->round_images);
    return (division){rounds, units / rounds, units % rounds};
}

/* The images of a round; none behind the last. */
static range images_of_round(const convoy_winograd_state *state, int64_t images, int64_t round) {
    const division by = divide_run(state, images);
    const int64_t begin = round * by.fewest_units + convoy_min(round, by.larger);
    const int64_t end = begin + by.fewest_units + (round < by.larger);
    return (range){convoy_min(images, begin * state->unit_images), convoy_min(images, end * state->unit_images)};
}

static int64_t blocks_of(const convoy_winograd_state *state, int64_t images) {
    return convoy_ceil_div(images * tiles_of_image(state), state->block_tiles);
}

/* Rows of tiles to evaluate, and products. */
static int64_t rows_of(const convoy_winograd_state *state, range images) {
    return (images.end - images.begin) * winograd_tiles_of(&state->rows);
}

static int64_t products_of(const convoy_winograd_state *state, range images) {
    return blocks_of(state, images.end - images.begin) * state->groups * state->product.panels;
}

int64_t convoy_winograd_items(const convoy_winograd_state *state, int64_t images, int32_t phase) {
    const range present = images_of_round(state, images, phase / 2);
    return phase % 2 == 0 ? rows_of(state, present) : products_of(state, present);
}

int64_t convoy_winograd_all_items(const convoy_winograd_state *state, int64_t images) {
    const division by = divide_run(state, images);
    const range first = images_of_round(state, images, 0);
    const range middle = images_of_round(state, images, by.larger);
    const range last = images_of_round(state, images, by.rounds - 1);
    return rows_of(state, (range){0, images}) + by.larger * products_of(state, first) +
           (by.rounds - by.larger - 1) * products_of(state, middle) + products_of(state, last);
}

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

/* A row of tiles of one image: their values at the points. */
static void evaluate_row(const convoy_call *call, const winograd_numbering *tiles, const float *image,
                         winograd_place at) {
    const convoy_winograd_state *state = &call->internals->state.winograd;
    const float *zeros = (const float *)((char *)call->scratch + state->zeros_offset);
    float *folded = (float *)((char *)call->scratch + state->folded_offset);
    const int32_t planes_w = winograd_points_of(&state->columns, state->pairs);
    const int64_t row = winograd_begin_of(&state->rows, at.row);
    const bool folds = state->stride > 1 || state->is_nchw;
    const float *pixels[WINOGRAD_MOST_POINTS * WINOGRAD_MOST_POINTS];
    convoy_winograd_input tile = {
        .pixels = pixels,
        .channels = state->channels,
        .pairs = state->pairs,
        .points_h = points_of_tile(&state->rows, state->pairs, at.row),
        .planes_w = planes_w,
        .plane_stride = (ptrdiff_t)state->value_plane,
    };
    if (folds) {
        convoy_winograd_fold(state, image, row, tile.points_h, folded);
    }
    for (at.column = 0; at.column < winograd_tiles_of(&state->columns); at.column++) {
        const int64_t column = winograd_begin_of(&state->columns, at.column);
        tile.points_w = points_of_tile(&state->columns, state->pairs, at.column);
        tile.values = (float *)call->workspace + number_of(state, tiles, at) * state->value_stride;
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
        call->kernels->winograd_input(&tile);
    }
}

static void evaluate(const convoy_call *call, int64_t first_image, int64_t images) {
    const convoy_winograd_state *state = &call->internals->state.winograd;
    const int64_t image_floats = (int64_t)state->in_height * state->in_width * state->in_channels;
    const int64_t rows = winograd_tiles_of(&state->rows);
    memset((char *)call->scratch + state->zeros_offset, 0, (size_t)state->channels * sizeof(float));
    for (int64_t item = call->first; item < call->end; item++) {
        const winograd_place at = {.image = item / rows, .row = item % rows};
        const winograd_numbering tiles = number_tiles(state, images, at.image);
        evaluate_row(call, &tiles, (const float *)call->input + (first_image + at.image) * image_floats, at);
    }
}

/* The panel's weights and the tiles' values in the plane after this one: behind the last there is none. */
static convoy_ahead next_plane(const convoy_winograd_state *state, const float *values, const float *packed,
                               int64_t plane_floats) {
    return (convoy_ahead){
        .first = (uintptr_t)packed + (uintptr_t)plane_floats * sizeof(float),
        .second = (uintptr_t)values + (uintptr_t)state->value_plane * sizeof(float),
        .first_lines = (ptrdiff_t)(plane_floats * (int64_t)sizeof(float) / CONVOY_CACHE_LINE),
    };
}

/* The products of a block of tiles with one panel of weights, plane by plane. */
static void multiply(const convoy_call *call, const winograd_numbering *tiles, range block, int64_t group,
                     int64_t panel, const ptrdiff_t *rows, float *results) {
    const convoy_winograd_state *state = &call->internals->state.winograd;
    const int32_t planes_h = winograd_points_of(&state->rows, state->pairs);
    const int32_t planes_w = winograd_points_of(&state->columns, state->pairs);
    const int64_t first_channel = panel * state->product.panel;
    const ptrdiff_t segment = 0;
    convoy_product one_panel = state->product;
    one_panel.channels = convoy_min(one_panel.panel, state->product.channels - first_channel);
    one_panel.activation = CONVOY_ACTIVATION_NONE;
    const int64_t plane_floats = convoy_product_packed_count(&one_panel);
    const float *packed = call->packed + planes_h * planes_w *
                                             (group * convoy_product_packed_count(&state->product) +
                                              first_channel * state->product.depth);
    for (int32_t plane = 0; plane < planes_h * planes_w; plane++, packed += plane_floats) {
        const range present =
            tiles_of_plane(tiles, plane / planes_w == 2 * state->pairs, plane % planes_w == 2 * state->pairs, block);
        if (present.begin >= present.end) {
            continue;
        }
        const float *values = (const float *)call->workspace + plane * state->value_plane +
                              present.begin * state->value_stride + group * state->product.inner;
        const convoy_product_operands operands = {
            .x = values,
            .rows = rows,
            .segments = &segment,
            .row_count = (ptrdiff_t)(present.end - present.begin),
            .packed = packed,
            .y = results + plane * state->result_plane + (present.begin - block.begin) * state->product.panel,
            .y_stride = (ptrdiff_t)state->product.panel,
            .ahead = next_plane(state, values, packed, plane_floats),
        };
        convoy_product_run(call->kernels, &one_panel, &operands, 0, 1);
    }
}

void convoy_winograd_interpolate(const convoy_call *call, const winograd_outputs *outputs, winograd_place at, float *y,
                                 ptrdiff_t row_stride, ptrdiff_t pixel_stride) {
    const convoy_winograd_state *state = &call->internals->state.winograd;
    const int64_t number = number_of(state, outputs->tiles, at);
    convoy_winograd_output tile = {
        .products = outputs->products + (number - outputs->first_tile) * state->product.panel,
        .plane_stride = (ptrdiff_t)state->result_plane,
        .pairs = state->pairs,
        .points_h = points_of_tile(&state->rows, state->pairs, at.row),
        .points_w = points_of_tile(&state->columns, state->pairs, at.column),
        .planes_w = winograd_points_of(&state->columns, state->pairs),
        .outputs_h = outputs_of_tile(&state->rows, at.row),
        .outputs_w = outputs_of_tile(&state->columns, at.column),
        .channels = (ptrdiff_t)outputs->channels,
        .bias = call->bias != NULL ? call->bias + outputs->first_channel : NULL,
        .activation = state->product.activation,
        .y = y,
        .row_stride = row_stride,
        .pixel_stride = pixel_stride,
    };
    tile.rows = (int32_t)convoy_min(tile.outputs_h, state->out_height - winograd_begin_of(&state->rows, at.row));
    tile.columns =
        (int32_t)convoy_min(tile.outputs_w, state->out_width - winograd_begin_of(&state->columns, at.column));
    call->kernels->winograd_output(&tile);
}

/* Straight into the output. */
static void interpolate_all(const convoy_call *call, const winograd_outputs *outputs) {
    const convoy_winograd_state *state = &call->internals->state.winograd;
    const ptrdiff_t pixel_stride = state->out_channels;
    const ptrdiff_t row_stride = pixel_stride * state->out_width;
    for (int64_t number = outputs->first_tile; number < outputs->end_tile; number++) {
        const winograd_place at = place_of(outputs->tiles, number);
        const int64_t row =
            (outputs->first_image + at.image) * state->out_height + winograd_begin_of(&state->rows, at.row);
        const int64_t column = winograd_begin_of(&state->columns, at.column);
        float *y = call->output + row * row_stride + column * pixel_stride + outputs->first_channel;
        convoy_winograd_interpolate(call, outputs, at, y, row_stride, pixel_stride);
    }
}

/* Items of one panel are neighbours, so that its weights come from memory once a round. */
static void multiply_and_interpolate(const convoy_call *call, int64_t first_image, int64_t images) {
    const convoy_winograd_state *state = &call->internals->state.winograd;
    ptrdiff_t *rows = call->scratch;
    float *results = (float *)((char *)call->scratch + state->results_offset);
    const int64_t blocks = blocks_of(state, images);
    for (int64_t i = 0; i < state->block_tiles; i++) {
        rows[i] = (ptrdiff_t)(i * state->value_stride);
    }
    for (int64_t item = call->first; item < call->end; item++) {
        const int64_t begin = item % blocks * state->block_tiles;
        const range block = {begin, convoy_min(begin + state->block_tiles, images * tiles_of_image(state))};
        const winograd_numbering tiles = number_tiles(state, images, begin / tiles_of_image(state));
        const int64_t group = item / blocks / state->product.panels;
        const int64_t panel = item / blocks % state->product.panels;
        const int64_t channel = panel * state->product.panel;
        const winograd_outputs outputs = {
            .tiles = &tiles,
            .first_image = first_image,
            .first_tile = block.begin,
            .end_tile = block.end,
            .first_channel = group * state->product.channels + channel,
            .channels = convoy_min(state->product.panel, state->product.channels - channel),
            .products = results,
        };
        multiply(call, &tiles, block, group, panel, rows, results);
        if (winograd_pools(state)) {
            convoy_winograd_pool(call, &outputs);
        } else {
            interpolate_all(call, &outputs);
        }
    }
}

void convoy_winograd_run(const convoy_call *call) {
    const convoy_winograd_state *state = &call->internals->state.winograd;
    const range images = images_of_round(state, call->images, call->phase / 2);
    if (call->phase % 2 == 0) {
        evaluate(call, images.begin, images.end - images.begin);
    } else {
        multiply_and_interpolate(call, images.begin, images.end - images.begin);
    }
}
