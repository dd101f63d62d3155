/* Packing the weights of Winograd convolution: every filter evaluated at the points, in double precision. */
#include "winograd.h"

/* A filter of one input channel (after folding: of one of its places) at all points, in double precision. */
typedef struct transformed {
    double at[WINOGRAD_MOST_POINTS][WINOGRAD_MOST_POINTS];
} transformed;

static const convoy_winograd_points *table_of(int32_t pairs) {
    return pairs == 2 ? &winograd_points_2 : pairs == 3 ? &winograd_points_3 : &winograd_points_4;
}

double convoy_winograd_evaluate(int32_t pairs, int32_t index, const double *taps, int32_t count) {
    if (index == 2 * pairs) {
        return taps[count - 1];
    }
    const convoy_winograd_points *table = table_of(pairs);
    const double a = index % 2 == 0 ? (double)table->points[index / 2] : -(double)table->points[index / 2];
    double sum = 0;
    for (int32_t k = count - 1; k >= 0; k--) {
        sum = sum * a + taps[k];
    }
    return sum;
}

/* taps: [taps_h][taps_w]. */
static transformed transform(const convoy_winograd_state *state, const double *taps) {
    double half_way[WINOGRAD_MOST_POINTS][WINOGRAD_MOST_POINTS];
    transformed result;
    for (int32_t row = 0; row < state->rows.taps; row++) {
        for (int32_t j = 0; j < winograd_points_of(&state->columns, state->pairs); j++) {
            half_way[j][row] =
                convoy_winograd_evaluate(state->pairs, j, taps + row * state->columns.taps, state->columns.taps);
        }
    }
    for (int32_t i = 0; i < winograd_points_of(&state->rows, state->pairs); i++) {
        for (int32_t j = 0; j < winograd_points_of(&state->columns, state->pairs); j++) {
            result.at[i][j] = convoy_winograd_evaluate(state->pairs, i, half_way[j], state->rows.taps);
        }
    }
    return result;
}

/* The taps of a channel after folding; those beyond the filter's edge are zero. filter:
 * [in_channels][kernel_h][kernel_w]. */
static void gather_taps(const convoy_winograd_state *state, const float *filter, int64_t folded, double *taps) {
    const int64_t stride = state->stride;
    int64_t channel, dy, dx;
    if (state->is_nchw) { /* [dy][channel][dx], as winograd_fold.c folds planes */
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
void convoy_winograd_pack(const convoy_internals *internals, const float *weights, float *packed) {
    const convoy_winograd_state *state = &internals->state.winograd;
    const convoy_product *product = &state->product;
    const int64_t padded = convoy_product_padded_channels(product);
    const int64_t planes =
        (int64_t)winograd_points_of(&state->rows, state->pairs) * winograd_points_of(&state->columns, state->pairs);
    for (int64_t group = 0; group < state->groups; group++) {
        for (int64_t first = 0; first < padded; first += product->panel) {
            const int64_t width = convoy_min(product->panel, padded - first);
            const int64_t plane_floats = width * product->depth;
            for (int64_t k = 0; k < product->depth; k++) {
                for (int64_t lane = 0; lane < width; lane++) {
                    const int64_t channel = first + lane;
                    const int64_t output = channel < product->channels ? group * product->channels + channel : -1;
                    pack_filter(state, weights, output, k, packed + k * width + lane, plane_floats);
                }
            }
            packed += planes * plane_floats;
        }
    }
}
