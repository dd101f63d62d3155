/* The binary element-wise operators, and what their micro-kernel is given. */
#ifndef CONVOY_BINARY_JOB_H
#define CONVOY_BINARY_JOB_H

#include "convoy.h"

/* X(kind, y): y of vectors a and b. */
#define CONVOY_BINARIES(X)                                                                                             \
    X(ADD, a + b)                                                                                                      \
    X(SUBTRACT, a - b)                                                                                                 \
    X(MULTIPLY, a *b)                                                                                                  \
    X(DIVIDE, a / b)                                                                                                   \
    X(MINIMUM, minimum(a, b))                                                                                          \
    X(MAXIMUM, maximum(a, b))

/* y = activation(x kind operand), row by row; y may be either. */
typedef struct convoy_binary_job {
    const float *x;
    const float *operand;
    float *y;
    ptrdiff_t rows;
    ptrdiff_t count;       /* floats of a row; rows lie side by side */
    ptrdiff_t operand_row; /* floats from the operand of a row to the next's: count, or 0 */
    int32_t is_scalar;     /* the operand is one float */
    int32_t is_operand_first;
    int32_t kind; /* convoy_binary_kind */
    convoy_activation_desc activation;
    const float *slopes; /* of a row's floats, where the activation reads them */
} convoy_binary_job;

#endif
