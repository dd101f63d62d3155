/* The table of operators, and the plan calls that come from it. */
#include "abi/operators.h"

#define ROW(NAME, name) [CONVOY_OP_##NAME] = &convoy_##name##_operator,

static const convoy_operator *const operators[] = {CONVOY_OPERATORS(ROW) CONVOY_MORE_ROWS(ROW)};

_Static_assert(sizeof operators / sizeof operators[0] == CONVOY_OP_COUNT, "an operator has no row");

const convoy_operator *convoy_operator_of(int32_t op) {
    return operators[op];
}

/* A plan begun, filled in and sealed; the operator may leave it to another row, as a convolution does. */
static int32_t make_plan(convoy_op op, uint32_t desc_size, const void *desc, convoy_plan *plan) {
    convoy_draft draft;
    int32_t status = convoy_plan_begin(&draft, (int32_t)op, desc, desc_size, plan);
    if (status == CONVOY_OK) {
        status = operators[op]->plan(&draft, desc);
    }
    return status == CONVOY_OK ? convoy_plan_seal(&draft, operators[draft.internals.op], plan) : status;
}

#define PLAN_CALL(NAME, name)                                                                                          \
    int32_t convoy_plan_##name(const convoy_##name##_desc *desc, convoy_plan *plan) {                                  \
        return make_plan(CONVOY_OP_##NAME, sizeof *desc, desc, plan);                                                  \
    }

CONVOY_OPERATORS(PLAN_CALL)
