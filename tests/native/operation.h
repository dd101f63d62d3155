/*
 * Runs planned operators under watch: every buffer lies between guards that must stay untouched, outputs are filled
 * with NaN and the workspace with 0xA5 first, scratch with 0xA5 before each call, feature maps are aligned to their
 * element only.
 */
#ifndef CONVOY_TEST_OPERATION_H
#define CONVOY_TEST_OPERATION_H

#include "convoy.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct operation {
    const convoy_plan *plan;
    int32_t images;
    const void *input;
    const float *input2;
    const float *weights;
    const float *bias;   /* NULL: none */
    const float *slopes; /* where the plan reads them */
} operation;

/*
 * How the work items of a phase are divided into calls. Of two shares each has an output of its own, so that whoever
 * writes the other's is found out, even though the values are the same.
 */
typedef enum ranges { ONE_RANGE, SINGLE_ITEMS_BACKWARDS, RANDOM_RANGES, TWO_SHARES } ranges;

/* output: images * output_image_bytes; the operator writes elsewhere, and what it wrote is copied here. */
void run_operation(const operation *operation, ranges ranges, float *output);

/* Each image alone, by a plan of batch 1. */
void run_images_alone(const operation *operation, const convoy_plan *plan_of_one, float *output);

/*
 * Runs the operation in one range, in several, image by image, and for half the images; checks that all agree bit for
 * bit, and that no range writes what is another's.
 */
void check_every_way(const operation *operation, const convoy_plan *plan_of_one, float *output);

/* Feature maps of whole numbers from -limit to limit, and of any floats from -1 to 1. Freed by the caller. */
float *make_integers(size_t count, int32_t limit);
float *make_floats(size_t count);

void *allocate(size_t bytes);

/* Checks got against expected; a NaN is equal to a NaN. tolerance: of each element, or NULL: exactly equal. */
void check_floats(const float *got, const double *expected, const double *tolerance, size_t count);

/* Checks that two results are the same bits. */
void check_same_bits(const float *a, const float *b, size_t count);

#endif
