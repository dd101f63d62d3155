/* Packing the weights of Winograd convolution: the filter transform of every filter, in double precision. */
#include "winograd/filter_transform.h"
#include "winograd/winograd_run.h"
#include "winograd/winograd_state.h"

/* A filter of one input channel (after folding: of one of its places) at all points, in double precision. */
typedef struct transformed {
    double at[WINOGRAD_MOST_POINTS][WINOGRAD_MOST_POINTS];
} transformed;

/* taps: [taps_h][taps_w]. */
static transformed transform(const convoy_winograd_state *state, const double *taps) {
    double half_way[WINOGRAD_MOST_POINTS][WINOGRAD_MOST_POINTS];
    transformed result;
    for (int32_t row = 0; row < state->rows.taps; row++) {
        for (int32_t j = 0; j < winograd_points_of(&state->columns, state->pairs); j++) {
            half_way[j][row] = convoy_winograd_filter_transform(state->pairs, j, taps + row * state->columns.taps,
                                                                state->columns.taps);
        }
    }
    for (int32_t i = 0; i < winograd_points_of(&state->rows, state->pairs); i++) {
        for (int32_t j = 0; j < winograd_points_of(&state->columns, state->pairs); j++) {
            result.at[i][j] = convoy_winograd_filter_transform(state->pairs, i, half_way[j], state->rows.taps);
        }
    }
    return result;
}

/* The taps of a channel after folding; those beyond the filter's edge are zero. filter:
 * [in_channels][kernel_h][kernel_w]. */
static void gather_taps(const convoy_winograd_state *state, const float *filter, int64_t folded, double *taps) {
    const int64_t stride = state->stride;
    int64_t channel, dy, dx;
    if (state->is_nchw) { /* [dy][channel][dx], as fold.c folds planes */
        dx = folded % stride;
        channel = folded / stride % state->in_channels;
        dy = folded / stride / state->in_channels;
    } else { /* [dy][dx][channel] */
        const int64_t channels = state->in_channels / state->groups;
        channel = folded % channels;
        dx = folded / channels % stride;
        dy = folded / channels / stride;
    }
    for (int64_t row = 0; row < state->rows.taps; row++) {
        for (int64_t column = 0; column < state->columns.taps; column++) {
            const int64_t y = row * stride + dy;
            const int64_t x = column * stride + dx;
            const bool inside = y < state->kernel_h && x < state->kernel_w;
            *taps++ = inside ? (double)filter[(channel * state->kernel_h + y) * state->kernel_w + x] : 0.0;
        }
    }
}

/*
 * One weight of every plane: an input channel's share of an output. Zero for the outputs that fill up a vector.
 * plane_floats: from one plane's to the next.
 */
static void pack_filter(const convoy_winograd_state *state, const float *weights, int64_t output, int64_t k, float *to,
                        int64_t plane_floats) {
    const int64_t filter_floats = (int64_t)state->in_channels / state->groups * state->kernel_h * state->kernel_w;
    const int32_t planes_w = winograd_points_of(&state->columns, state->pairs);
    transformed values = {0};
    if (output >= 0) {
        double taps[WINOGRAD_MOST_POINTS * WINOGRAD_MOST_POINTS];
        gather_taps(state, weights + output * filter_floats, k, taps);
        values = transform(state, taps);
    }
    for (int32_t i = 0; i < winograd_points_of(&state->rows, state->pairs); i++) {
        for (int32_t j = 0; j < planes_w; j++) {
            to[(i * planes_w + j) * plane_floats] = (float)values.at[i][j];
        }
    }
}

/*
 * packed: [group][panel][plane][channel][output of the panel]. Whoever computes a panel reads its planes one after the
 * other, so that its weights come from memory as one stream.
 */
void convoy_winograd_pack(const convoy_internals *internals, const float *weights, void *packed) {
    const convoy_winograd_state *state = convoy_state_of(internals);
    const convoy_gemm *gemm = &state->gemm;
    const int64_t padded = convoy_gemm_padded_channels(gemm);
    float *to = packed;
    const int64_t planes =
        (int64_t)winograd_points_of(&state->rows, state->pairs) * winograd_points_of(&state->columns, state->pairs);
    for (int64_t group = 0; group < state->groups; group++) {
        for (int64_t first = 0; first < padded; first += gemm->panel) {
            const int64_t width = convoy_min(gemm->panel, padded - first);
            const int64_t plane_floats = width * gemm->depth;
            for (int64_t k = 0; k < gemm->depth; k++) {
                for (int64_t lane = 0; lane < width; lane++) {
                    const int64_t channel = first + lane;
                    const int64_t output = channel < gemm->channels ? group * gemm->channels + channel : -1;
                    pack_filter(state, weights, output, k, to + k * width + lane, plane_floats);
                }
            }
            to += planes * plane_floats;
        }
    }
}
