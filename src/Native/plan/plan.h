/*
 * The life of a plan: begun from a descriptor, filled in by its operator, sealed, and opened again for each call.
 *
 * Work is counted in units of an image (a row of outputs, a pixel, an element); a step is a fixed number of units,
 * counted on across images, and every step has the same number of work items. A step may hold units of several images,
 * but never one that depends on how many images the run has.
 */
#ifndef CONVOY_PLAN_H
#define CONVOY_PLAN_H

#include "convoy.h"
#include "isa/kernels.h"

#include <assert.h>
#include <stdbool.h>

typedef struct convoy_operator convoy_operator; /* plan/operator.h */

/* Bytes that an operator may keep in a plan. */
#define CONVOY_STATE_BYTES 392

/* What convoy_plan.internals holds. All of it is covered by the checksum. */
typedef struct convoy_internals {
    uint64_t magic;
    uint64_t checksum; /* of the whole plan, this field taken as zero */
    int32_t op;        /* convoy_op */
    int32_t input_alignment;
    int32_t needs_bias;
    int64_t units_per_image;
    int64_t units_per_step;
    int64_t items_per_step;
    _Alignas(uint64_t) unsigned char state[CONVOY_STATE_BYTES]; /* the operator's own */
} convoy_internals;

/* The operator's own part of opened internals. */
static inline const void *convoy_state_of(const convoy_internals *internals) {
    return internals->state;
}

/* Behind the definition of an operator's state. */
#define CONVOY_STATE_FITS(type)                                                                                        \
    static_assert(sizeof(type) <= CONVOY_STATE_BYTES && _Alignof(type) <= _Alignof(uint64_t), #type " outgrew a plan")

/* What reading a byte of weights from memory costs, in multiply-adds: the rate at which a machine does either. */
#define CONVOY_COST_OF_BYTE 3.0

/* A run whose arguments have been checked. */
typedef struct convoy_call {
    const convoy_kernels *kernels;
    const convoy_internals *internals;
    const void *state; /* the operator's own, in the internals */
    const void *input;
    const float *input2;
    const float *packed;
    const float *bias;
    const float *slopes;
    void *scratch;
    void *workspace;
    float *output;
    int64_t images;
    int32_t phase;
    int64_t first, end; /* work items of the phase; at least one */
} convoy_call;

/* A plan being made. The caller's plan is written by convoy_plan_seal alone, once nothing can fail any more. */
typedef struct convoy_draft {
    convoy_plan plan;
    convoy_internals internals;
    const convoy_kernels *kernels;
    bool overflow; /* of any checked size so far */
} convoy_draft;

/* The operator's own part of the plan, all zero so far. */
static inline void *convoy_draft_state(convoy_draft *draft) {
    return draft->internals.state;
}

/*
 * Checks that desc and plan are there, aligned and of this library's size, and the batch; chooses the instruction set,
 * and starts an empty plan (algorithm: SIMPLE) of an operator. What every plan call does first.
 */
int32_t convoy_plan_begin(convoy_draft *draft, int32_t op, const void *desc, uint32_t desc_size,
                          const convoy_plan *plan);

/* Checks that the sizes fit, counts the work items, and writes the plan. op: the draft's row. */
int32_t convoy_plan_seal(convoy_draft *draft, const convoy_operator *op, convoy_plan *plan);

/* Copies the internals out of a plan that convoy_plan_seal wrote; CONVOY_BAD_PLAN for any other. */
int32_t convoy_plan_open(const convoy_plan *plan, convoy_internals *internals);

/* The work items of a phase in a run of so many images. */
int64_t convoy_plan_items(const convoy_operator *op, const convoy_internals *internals, int64_t images, int32_t phase);

#endif
