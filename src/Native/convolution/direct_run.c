/* Running a direct convolution's work items; direct.c explains them. */
#include "convolution/direct.h"
#include "core/arithmetic.h"
#include "gemm/gemm_run.h"

#include <string.h>

/* The input an item reads: the image itself, or its copy in scratch. */
typedef struct source {
    int64_t image_stride, row_stride, pixel_stride; /* floats */
} source;

static source source_of(const convoy_direct_state *state) {
    const int64_t channels = state->copies_input ? state->gemm.inner : state->in_channels;
    const int64_t width = state->copies_input ? state->source_width : state->in_width;
    const int64_t rows = state->copies_input ? state->source_rows : state->in_height;
    return (source){.image_stride = rows * width * channels, .row_stride = width * channels, .pixel_stride = channels};
}

/* Where the input of each output pixel begins, from the item's first. An item with fewer pixels uses the first ones. */
static void fill_row_indirection(const convoy_direct_state *state, source source, ptrdiff_t *indirection) {
    for (int64_t image = 0; image < state->tile_images; image++) {
        for (int64_t row = 0; row < state->tile_rows; row++) {
            const int64_t begin = image * source.image_stride + row * state->stride_h * source.row_stride;
            for (int64_t column = 0; column < state->out_width; column++) {
                *indirection++ = (ptrdiff_t)(begin + column * state->stride_w * source.pixel_stride);
            }
        }
    }
}

/* Where the contiguous runs of a window begin, from the window's first element. */
static void fill_run_indirection(const convoy_direct_state *state, source source, ptrdiff_t *indirection) {
    for (int64_t row = 0; row < state->kernel_h; row++) {
        for (int64_t s = 0; s < state->runs_per_row; s++) {
            *indirection++ =
                (ptrdiff_t)(row * state->dilation_h * source.row_stride + s * state->dilation_w * source.pixel_stride);
        }
    }
}

static float *fill_zeros(float *to, int64_t count) {
    memset(to, 0, (size_t)count * sizeof(float));
    return to + count;
}

/* A row of the input, padded, of the group's channels. */
static void copy_row(const convoy_direct_state *state, const float *from, float *to) {
    const int64_t channels = state->gemm.inner;
    const int64_t left = convoy_min(state->pad_left, state->source_width);
    const int64_t middle = convoy_min(state->in_width, state->source_width - left);
    to = fill_zeros(to, left * channels);
    if (state->groups == 1) {
        memcpy(to, from, (size_t)(middle * channels) * sizeof(float));
        to += middle * channels;
    } else {
        for (int64_t column = 0; column < middle; column++) {
            memcpy(to, from + column * state->in_channels, (size_t)channels * sizeof(float));
            to += channels;
        }
    }
    fill_zeros(to, (state->source_width - left - middle) * channels);
}

/* The input rows of `rows` rows of output, from output row first_row of an image on. image: at the group's channels. */
static void copy_rows(const convoy_direct_state *state, const float *image, int64_t first_row, int64_t rows,
                      float *to) {
    const int64_t row_floats = state->source_width * state->gemm.inner;
    const int64_t begin = first_row * state->stride_h - state->pad_top;
    const int64_t count = (rows - 1) * state->stride_h + (state->kernel_h - 1) * state->dilation_h + 1;
    for (int64_t row = begin; row < begin + count; row++, to += row_floats) {
        if (row < 0 || row >= state->in_height) {
            fill_zeros(to, row_floats);
        } else {
            copy_row(state, image + row * state->in_width * state->in_channels, to);
        }
    }
}

void convoy_direct_run(const convoy_call *call) {
    const convoy_direct_state *state = call->state;
    const convoy_gemm *gemm = &state->gemm;
    const source source = source_of(state);
    ptrdiff_t *row_indirection = call->scratch;
    ptrdiff_t *run_indirection = (ptrdiff_t *)((char *)call->scratch + state->run_indirection_offset);
    float *copy = (float *)((char *)call->scratch + state->source_offset);
    fill_row_indirection(state, source, row_indirection);
    fill_run_indirection(state, source, run_indirection);

    const int64_t in_image = state->in_height * state->in_width * state->in_channels;
    const int64_t out_row = state->out_width * state->map_channels;
    int64_t copied = -1;
    for (int64_t item = call->first; item < call->end; item++) {
        const int64_t input = item / state->panel_blocks; /* items of one input are neighbours */
        const int64_t group = input % state->groups;
        const int64_t first_row = input / state->groups % state->row_blocks * state->tile_rows;
        const int64_t first_image = input / state->groups / state->row_blocks * state->tile_images;
        const int64_t images = convoy_min(state->tile_images, call->images - first_image);
        const int64_t row_count = convoy_min(state->tile_rows, state->out_height - first_row);
        const float *x = (const float *)call->input + first_image * in_image;
        if (state->copies_input && input != copied) {
            for (int64_t image = 0; image < images; image++) {
                copy_rows(state, x + image * in_image + group * state->gemm.inner, first_row, row_count,
                          copy + image * source.image_stride);
            }
            copied = input;
        }
        const int64_t first_channel = group * state->gemm.channels;
        const int64_t first_output =
            (first_image * state->out_height + first_row) * out_row + state->channel_offset + first_channel;
        const int64_t first_panel = item % state->panel_blocks * state->panels_per_item;
        const convoy_gemm_operands operands = {
            .x = state->copies_input ? copy : x + first_row * state->stride_h * source.row_stride,
            .row_indirection = row_indirection,
            .run_indirection = run_indirection,
            .row_count = (ptrdiff_t)(images * row_count * state->out_width),
            .packed = call->packed + group * convoy_gemm_packed_count(gemm),
            .bias = call->bias != NULL ? call->bias + first_channel : NULL,
            .slopes = call->slopes != NULL ? call->slopes + first_channel : NULL,
            .residual = state->has_residual ? call->input2 + first_output : NULL,
            .y = call->output + first_output,
            .y_stride = (ptrdiff_t)state->map_channels,
        };
        convoy_gemm_run(call->kernels, gemm, &operands, first_panel,
                        convoy_min(first_panel + state->panels_per_item, gemm->panels));
    }
}
