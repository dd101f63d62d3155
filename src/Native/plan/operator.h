/*
 * An operator's row in the table of operators (abi/operators.c): what sets it apart from the others. Each room defines
 * its own; whoever plans, packs or runs goes through the row and knows no operator by name.
 */
#ifndef CONVOY_OPERATOR_H
#define CONVOY_OPERATOR_H

#include "plan/plan.h"

/* Where an operator stands in the table; part of a sealed plan. */
typedef enum convoy_op {
    CONVOY_OP_DIRECT = 0, /* a convolution, as WINOGRAD is */
    CONVOY_OP_DENSE = 1,
    CONVOY_OP_POOL2D = 2,
    CONVOY_OP_LRN = 3,
    CONVOY_OP_ELEMENTWISE = 4,
    CONVOY_OP_SOFTMAX = 5,
    CONVOY_OP_CONCAT = 6,
    CONVOY_OP_TRANSFORM = 7,
    CONVOY_OP_WINOGRAD = 8,
    CONVOY_OP_CHAIN = 9,
    CONVOY_OP_COUNT = 10
} convoy_op;

struct convoy_operator {
    convoy_op number;
    const char *name;
    /* Its descriptor begins with struct_size and isa; batch follows somewhere. */
    uint32_t desc_size;
    uint32_t batch_offset;
    /* NULL: the operator has no weights. */
    void (*pack)(const convoy_internals *internals, const float *weights, void *packed);
    void (*run)(const convoy_call *call);
    /* Work items of a phase, and of all phases, in a run of so many images. NULL: one phase of so many items a step. */
    int64_t (*items)(const convoy_internals *internals, int64_t images, int32_t phase);
    int64_t (*all_items)(const convoy_internals *internals, int64_t images);
    /* Bits of a packed weight. NULL: of single precision. */
    int32_t (*packed_bits)(const convoy_internals *internals, const void *packed);
};

/* The fields that say which descriptor an operator is planned from. */
#define CONVOY_DESCRIBED_BY(type) .desc_size = sizeof(type), .batch_offset = offsetof(type, batch)

#endif
