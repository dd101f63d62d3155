/* The binary element-wise operators: of two streams of floats, or of one and a constant. */
#ifndef CONVOY_BINARY_KERNEL_H
#define CONVOY_BINARY_KERNEL_H

#include "activation/activation_kernel.h"
#include "passes/binary_job.h"

#define BINARY_CASE(kind, y)                                                                                           \
    case CONVOY_BINARY_##kind:                                                                                         \
        return y;

/* kind: a constant. */
ALWAYS_INLINE vec binary_of(const int kind, vec a, vec b) {
    switch (kind) { CONVOY_BINARIES(BINARY_CASE) }
    UNREACHABLE;
}

ALWAYS_INLINE vec combine_two(const convoy_binary_job *job, const int kind, const int is_operand_first, vec x,
                              vec operand) {
    const vec y = is_operand_first ? binary_of(kind, operand, x) : binary_of(kind, x, operand);
    return apply_in_tile(job->activation.kind, y);
}

ALWAYS_INLINE void combine_rows(const convoy_binary_job *job, const int kind, const int is_scalar,
                                const int is_operand_first) {
    const vec scalar = splat(job->operand[0]);
    for (ptrdiff_t row = 0; row < job->rows; row++) {
        const float *x = job->x + row * job->count;
        const float *operand = job->operand + row * job->operand_row;
        float *y = job->y + row * job->count;
        ptrdiff_t i = 0;
        for (; i + LANES <= job->count; i += LANES) {
            const vec other = is_scalar ? scalar : load(operand + i);
            store(y + i, combine_two(job, kind, is_operand_first, load(x + i), other));
        }
        if (i < job->count) {
            const ptrdiff_t rest = job->count - i;
            const vec other = is_scalar ? scalar : load_partial(operand + i, rest);
            store_partial(y + i, combine_two(job, kind, is_operand_first, load_partial(x + i, rest), other), rest);
        }
    }
}

#define DEFINE_BINARY(kind, y)                                                                                         \
    static void combine_##kind(const convoy_binary_job *job) {                                                         \
        if (job->is_scalar && job->is_operand_first) {                                                                 \
            combine_rows(job, CONVOY_BINARY_##kind, 1, 1);                                                             \
        } else if (job->is_scalar) {                                                                                   \
            combine_rows(job, CONVOY_BINARY_##kind, 1, 0);                                                             \
        } else if (job->is_operand_first) {                                                                            \
            combine_rows(job, CONVOY_BINARY_##kind, 0, 1);                                                             \
        } else {                                                                                                       \
            combine_rows(job, CONVOY_BINARY_##kind, 0, 0);                                                             \
        }                                                                                                              \
    }

CONVOY_BINARIES(DEFINE_BINARY)

#define BINARY_NAME(kind, y) [CONVOY_BINARY_##kind] = combine_##kind,

static void binary(const convoy_binary_job *job) {
    static void (*const functions[])(const convoy_binary_job *) = {CONVOY_BINARIES(BINARY_NAME)};
    functions[job->kind](job);
    const convoy_activation_job activation = {
        .x = job->y,
        .y = job->y,
        .rows = job->rows,
        .row_stride = job->count,
        .count = job->count,
        .activation = job->activation,
        .slopes = job->slopes,
    };
    activate_stored(&activation);
}

#endif
