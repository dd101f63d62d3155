/* Work of operators that pass once over the data: units in steps of about 64 KiB, each step one work item. */
#ifndef CONVOY_UNITS_H
#define CONVOY_UNITS_H

#include "core/arithmetic.h"
#include "plan/plan.h"

void convoy_plan_units(convoy_draft *draft, int64_t units_per_image, int64_t floats_per_unit);

/* The units [first, end) that a call covers. */
typedef struct convoy_units {
    int64_t first, end;
} convoy_units;

static inline convoy_units convoy_call_units(const convoy_call *call) {
    const convoy_internals *internals = call->internals;
    return (convoy_units){
        .first = call->first * internals->units_per_step,
        .end = convoy_min(call->end * internals->units_per_step, call->images * internals->units_per_image),
    };
}

#endif
