#include "winograd/tiling.h"

winograd_numbering convoy_winograd_number_tiles(const convoy_winograd_state *state, int64_t images, int64_t image) {
    const int64_t first = image / state->span_images * state->span_images;
    winograd_numbering result = {.first_image = first, .images = convoy_min(state->span_images, images - first)};
    result.begin[0] = first * winograd_tiles_of_image(state);
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

int64_t convoy_winograd_number_of(const convoy_winograd_state *state, const winograd_numbering *tiles,
                                  winograd_place at) {
    const bool large_row = at.row < state->rows.large_tiles;
    const bool large_column = at.column < state->columns.large_tiles;
    const int i = large_row ? (large_column ? LARGE_LARGE : LARGE_SMALL) : (large_column ? SMALL_LARGE : SMALL_SMALL);
    const int64_t row = (at.image - tiles->first_image) * tiles->rows[i] + at.row - tiles->first_row[i];
    return tiles->begin[i] + row * tiles->columns[i] + at.column - tiles->first_column[i];
}

winograd_place convoy_winograd_place_of(const winograd_numbering *tiles, int64_t number) {
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

winograd_range convoy_winograd_tiles_of_plane(const winograd_numbering *tiles, bool row_at_infinity,
                                              bool column_at_infinity, winograd_range block) {
    const int64_t begin = tiles->begin[column_at_infinity ? LARGE_LARGE : LARGE_SMALL];
    const int64_t end = tiles->begin[row_at_infinity      ? SMALL_LARGE
                                     : column_at_infinity ? SMALL_SMALL
                                                          : WINOGRAD_CLASSES];
    return (winograd_range){convoy_max(begin, block.begin), convoy_min(end, block.end)};
}
