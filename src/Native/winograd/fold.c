/*
 * Folding a stride into channels: s x s neighbouring pixels become one. The input is read once, in whichever layout it
 * is, so that a network's first convolution needs no transform of layout before it.
 *
 * A folded pixel holds [dy][dx][channel] of a channels-last input, and [dy][channel][dx] of a planar one: in both
 * orders runs of neighbours in memory stay together. winograd_pack.c orders the weights alike.
 */
#include "winograd/transforms.h"

#include <string.h>

/* Copies floats [begin, begin + count) of a row of `extent`, zeros outside. */
static void copy_clipped(const float *row, int64_t extent, int64_t begin, int64_t count, float *to) {
    for (int64_t i = 0; i < count; i++) {
        const int64_t at = begin + i;
        to[i] = at >= 0 && at < extent ? row[at] : 0.0f;
    }
}

/* One run of every folded pixel of a row: `run` floats each, `step` floats of the source apart. */
static void fold_runs(const convoy_winograd_state *state, const float *row, int64_t extent, int64_t begin, int64_t run,
                      float *to) {
    const int64_t pixels = state->folded_width;
    const int64_t stride = state->channels;
    const int64_t first = convoy_min(pixels, begin < 0 ? convoy_ceil_div(-begin, run) : 0);
    const int64_t inside = extent - begin < run ? 0 : (extent - begin) / run; /* pixels that end inside */
    int64_t pixel = 0;
    for (; pixel < first; pixel++) {
        copy_clipped(row, extent, begin + pixel * run, run, to + pixel * stride);
    }
    const int64_t last = convoy_min(pixels, inside);
    if (run == 4) { /* AlexNet's first layer: a vector load and store */
        for (; pixel < last; pixel++) {
            memcpy(to + pixel * stride, row + begin + pixel * 4, 4 * sizeof(float));
        }
    }
    for (; pixel < last; pixel++) {
        memcpy(to + pixel * stride, row + begin + pixel * run, (size_t)run * sizeof(float));
    }
    for (; pixel < pixels; pixel++) {
        copy_clipped(row, extent, begin + pixel * run, run, to + pixel * stride);
    }
}

void convoy_winograd_fold(const convoy_winograd_state *state, const float *image, int64_t first_output_row,
                          int64_t folded_rows, float *to) {
    const int64_t stride = state->stride;
    const int64_t width = state->in_width;
    const int64_t row_floats = state->folded_width * state->channels;
    for (int64_t folded = 0; folded < folded_rows; folded++, to += row_floats) {
        for (int64_t dy = 0; dy < stride; dy++) {
            const int64_t y = (first_output_row + folded) * stride + dy - state->pad_top;
            float *row_of_pixels = to + dy * stride * state->in_channels;
            const bool inside = y >= 0 && y < state->in_height;
            if (state->is_nchw) {
                for (int64_t channel = 0; channel < state->in_channels; channel++) {
                    const float *row = image + (channel * state->in_height + (inside ? y : 0)) * width;
                    fold_runs(state, row, inside ? width : 0, -state->pad_left, stride,
                              row_of_pixels + channel * stride);
                }
            } else {
                const int64_t run = stride * state->in_channels;
                const float *row = image + (inside ? y : 0) * width * state->in_channels;
                fold_runs(state, row, inside ? width * state->in_channels : 0,
                          -(int64_t)state->pad_left * state->in_channels, run, row_of_pixels);
            }
        }
    }
}
