/* What a layer reads, made at random, and what should come of it: made once and used with every instruction set. */
#ifndef CONVOY_TEST_ANSWER_H
#define CONVOY_TEST_ANSWER_H

#include "operation.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct layer_data {
    float *x, *x2, *weights, *bias, *slopes; /* those that the layer does not have: NULL */
} layer_data;

/* For so many channels of output. Whole numbers: those whose sums are exact, but for the slopes. */
layer_data make_data(size_t inputs, size_t weights, size_t channels, bool with_bias, bool whole_numbers);
void free_data(layer_data *data);

/* To run a plan's whole batch on the data. */
operation operation_on(const layer_data *data, const convoy_plan *plan);

typedef struct answer {
    size_t count;
    double *values;
    double *tolerance; /* of each value; NULL: exact */
} answer;

answer make_answer(size_t count, bool is_exact);
void free_answer(answer *answer);

/* Of a sum of so many terms in floats, by its terms' magnitude, which the tolerance holds before; none where exact. */
void allow_for_terms(answer *answer, size_t terms);

/* Checks a plan's whole batch on the data against the answer: every way, or in one range where plan_of_one is NULL. */
void check_answer(const convoy_plan *plan, const convoy_plan *plan_of_one, const layer_data *data,
                  const answer *answer);

/* Defines plan_<name>, which makes an operator's plan for an instruction set and a batch. */
#define DEFINE_PLAN(name)                                                                                              \
    static convoy_plan plan_##name(convoy_##name##_desc desc, int32_t isa, int32_t batch) {                            \
        convoy_plan plan = {.struct_size = sizeof plan};                                                               \
        desc.header.isa = isa;                                                                                         \
        desc.header.batch = batch;                                                                                     \
        CHECK_EQUAL(convoy_plan_##name(&desc, &plan), CONVOY_OK);                                                      \
        return plan;                                                                                                   \
    }

/* The same, and the case that a test of it looks at. */
#define DEFINE_CASE(name)                                                                                              \
    DEFINE_PLAN(name)                                                                                                  \
    static struct {                                                                                                    \
        convoy_##name##_desc desc;                                                                                     \
        layer_data data;                                                                                               \
        answer answer;                                                                                                 \
    } current;

#endif
