#include "abi/operators.h"

#define ROW(NAME, name) [CONVOY_OP_##NAME] = &convoy_##name##_operator,

static const convoy_operator *const operators[] = {CONVOY_OPERATORS(ROW) ROW(WINOGRAD, winograd)};

_Static_assert(sizeof operators / sizeof operators[0] == CONVOY_OP_COUNT, "an operator has no row");

const convoy_operator *convoy_operator_of(int32_t op) {
    return operators[op];
}
