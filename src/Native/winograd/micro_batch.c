#include "winograd/micro_batch.h"

/* A run's images in micro-batches: the first ones, `larger` of them, have a unit more than the rest; the last may be
 * short. */
typedef struct division {
    int64_t micro_batches, fewest_units, larger;
} division;

static division divide_run(const convoy_winograd_state *state, int64_t images) {
    const int64_t units = convoy_ceil_div(images, state->unit_images);
    const int64_t micro_batches = convoy_ceil_div(images, state->micro_batch_images);
    return (division){micro_batches, units / micro_batches, units % micro_batches};
}

winograd_range convoy_winograd_images_of(const convoy_winograd_state *state, int64_t images, int64_t micro_batch) {
    const division by = divide_run(state, images);
    const int64_t begin = micro_batch * by.fewest_units + convoy_min(micro_batch, by.larger);
    const int64_t end = begin + by.fewest_units + (micro_batch < by.larger);
    return (winograd_range){convoy_min(images, begin * state->unit_images),
                            convoy_min(images, end * state->unit_images)};
}

int64_t convoy_winograd_blocks_of(const convoy_winograd_state *state, int64_t images) {
    return convoy_ceil_div(images * winograd_tiles_of_image(state), state->block_tiles);
}

/* Work items of the input transform, rows of tiles, and of the GEMMs with the output transform. */
static int64_t rows_of(const convoy_winograd_state *state, winograd_range images) {
    return (images.end - images.begin) * winograd_tiles_of(&state->rows);
}

static int64_t outputs_of(const convoy_winograd_state *state, winograd_range images) {
    return convoy_winograd_blocks_of(state, images.end - images.begin) * state->groups * state->gemm.panels;
}

int64_t convoy_winograd_items(const convoy_internals *internals, int64_t images, int32_t phase) {
    const convoy_winograd_state *state = convoy_state_of(internals);
    const winograd_range present = convoy_winograd_images_of(state, images, phase / 2);
    return phase % 2 == 0 ? rows_of(state, present) : outputs_of(state, present);
}

int64_t convoy_winograd_all_items(const convoy_internals *internals, int64_t images) {
    const convoy_winograd_state *state = convoy_state_of(internals);
    const division by = divide_run(state, images);
    const winograd_range first = convoy_winograd_images_of(state, images, 0);
    const winograd_range middle = convoy_winograd_images_of(state, images, by.larger);
    const winograd_range last = convoy_winograd_images_of(state, images, by.micro_batches - 1);
    return rows_of(state, (winograd_range){0, images}) + by.larger * outputs_of(state, first) +
           (by.micro_batches - by.larger - 1) * outputs_of(state, middle) + outputs_of(state, last);
}
