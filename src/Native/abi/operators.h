/* The table of operators. */
#ifndef CONVOY_OPERATORS_H
#define CONVOY_OPERATORS_H

#include "plan/operator.h"

/* The row of an operator; op: of a plan that convoy_plan_open took. */
const convoy_operator *convoy_operator_of(int32_t op);

#endif
