/*
 * An operator's row in the table of operators (abi/operators.c): what sets it apart from the others. Each room defines
 * its own; whoever plans, packs or runs goes through the row and knows no operator by name.
 */
#ifndef CONVOY_OPERATOR_H
#define CONVOY_OPERATOR_H

#include "plan/plan.h"

/* Rows without a plan call, to which another operator's plan may leave its draft. */
#define CONVOY_MORE_ROWS(X) X(WINOGRAD, winograd) X(DEPTHWISE, depthwise)

#define CONVOY_OP_NUMBER(NAME, name) CONVOY_OP_##NAME,

/* Where a row stands in the table; part of a sealed plan. */
typedef enum convoy_op {
    CONVOY_OPERATORS(CONVOY_OP_NUMBER) CONVOY_MORE_ROWS(CONVOY_OP_NUMBER) CONVOY_OP_COUNT
} convoy_op;

struct convoy_operator {
    /* Checks a descriptor and fills in the draft that convoy_plan_begin began of it. */
    int32_t (*plan)(convoy_draft *draft, const void *descriptor);
    /* NULL: the operator has no weights. */
    void (*pack)(const convoy_internals *internals, const float *weights, void *packed);
    void (*run)(const convoy_call *call);
    /* Work items of a phase, and of all phases, in a run of so many images. NULL: one phase of so many items a step. */
    int64_t (*items)(const convoy_internals *internals, int64_t images, int32_t phase);
    int64_t (*all_items)(const convoy_internals *internals, int64_t images);
    /* What a phase does in a run of so many images, where it is more than one operation an output: corrects the work,
     * which is filled in so already. */
    void (*work)(const convoy_internals *internals, int64_t images, int32_t phase, convoy_work *work);
    /* Bits of a packed weight. NULL: of single precision. */
    int32_t (*packed_bits)(const convoy_internals *internals, const void *packed);
};

#define CONVOY_OPERATOR_ROW(NAME, name) extern const convoy_operator convoy_##name##_operator;

CONVOY_OPERATORS(CONVOY_OPERATOR_ROW)
CONVOY_MORE_ROWS(CONVOY_OPERATOR_ROW)

#endif
