/* The activations of a vector, and of many floats: compiled from the table in convoy_activations.h. */
#ifndef CONVOY_ACTIVATION_KERNEL_H
#define CONVOY_ACTIVATION_KERNEL_H

#include "activation/activation_job.h"
#include "activation/exp_kernel.h"
#include "activation/gelu_kernel.h"
#include "activation/sigmoid_kernel.h"
#include "activation/tanh_kernel.h"
#include "convoy.h"
#include "isa/vector.h"

#define PLACE_CASE(kind, number, name, parameters, place, y)                                                           \
    case CONVOY_ACTIVATION_##kind:                                                                                     \
        return CONVOY_ACTIVATION_##place;

#define VALUE_CASE(kind, number, name, parameters, place, y)                                                           \
    case CONVOY_ACTIVATION_##kind:                                                                                     \
        return y;

ALWAYS_INLINE convoy_activation_place place_of(const int32_t kind) {
    switch (kind) { CONVOY_ACTIVATIONS(PLACE_CASE) }
    UNREACHABLE;
}

/* kind: a constant. */
ALWAYS_INLINE vec apply(const int32_t kind, vec x, vec alpha, vec beta) {
    (void)alpha;
    (void)beta;
    switch (kind) { CONVOY_ACTIVATIONS(VALUE_CASE) }
    UNREACHABLE;
}

/* What a register tile does itself; the rest is left to `activate`. */
#define TILE_CASE(kind, number, name, parameters, place, y)                                                            \
    if (CONVOY_ACTIVATION_##place == CONVOY_ACTIVATION_IN_TILE && activation == CONVOY_ACTIVATION_##kind) {            \
        return y;                                                                                                      \
    }

ALWAYS_INLINE vec apply_in_tile(int32_t activation, vec x) {
    const vec alpha = {0}, beta = {0};
    (void)alpha;
    (void)beta;
    CONVOY_ACTIVATIONS(TILE_CASE)
    return x;
}

ALWAYS_INLINE void activate_all(const convoy_activation_job *job, const int32_t kind) {
    const int has_slopes = place_of(kind) == CONVOY_ACTIVATION_BY_CHANNEL;
    const vec alpha = splat(job->activation.alpha);
    const vec beta = splat(job->activation.beta);
    const int is_flat = !has_slopes && job->row_stride == job->count;
    const ptrdiff_t rows = is_flat ? 1 : job->rows;
    const ptrdiff_t count = is_flat ? job->rows * job->count : job->count;
    const float *slopes = job->slopes;
    for (ptrdiff_t row = 0; row < rows; row++) {
        const float *x = job->x + row * job->row_stride;
        float *y = job->y + row * job->row_stride;
        ptrdiff_t i = 0;
        for (; i + LANES <= count; i += LANES) {
            store(y + i, apply(kind, load(x + i), has_slopes ? load(slopes + i) : alpha, beta));
        }
        if (i < count) {
            const ptrdiff_t rest = count - i;
            const vec slope = has_slopes ? load_partial(slopes + i, rest) : alpha;
            store_partial(y + i, apply(kind, load_partial(x + i, rest), slope, beta), rest);
        }
    }
}

/* A function each: chosen within the loops, the activation would keep constants out of registers. */
#define DEFINE_ACTIVATE(kind, number, name, parameters, place, y)                                                      \
    static void activate_##kind(const convoy_activation_job *job) {                                                    \
        activate_all(job, CONVOY_ACTIVATION_##kind);                                                                   \
    }

CONVOY_ACTIVATIONS(DEFINE_ACTIVATE)

#define ACTIVATE_NAME(kind, number, name, parameters, place, y) [CONVOY_ACTIVATION_##kind] = activate_##kind,

static void activate(const convoy_activation_job *job) {
    static void (*const functions[])(const convoy_activation_job *) = {CONVOY_ACTIVATIONS(ACTIVATE_NAME)};
    functions[job->activation.kind](job);
}

/* Behind a tile's apply_in_tile: the pass that an activation still wants, over what was stored. */
ALWAYS_INLINE void activate_stored(const convoy_activation_job *job) {
    if (place_of(job->activation.kind) != CONVOY_ACTIVATION_IN_TILE) {
        activate(job);
    }
}

#endif
