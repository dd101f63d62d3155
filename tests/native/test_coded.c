/*
 * Coded weights: layers for one image, against the same layers planned for more, whose weights stay as they are.
 * Nothing may differ, whatever the weights; whether they were coded is read from the packed header.
 */
#include "check.h"
#include "operation.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH = 512, OUTPUTS = 70, FEATURES_OF_GROUP = 4 };

static const float uncommon[] = {0.0f, -0.0f, FLT_MIN, FLT_MIN / 3, -FLT_TRUE_MIN, FLT_MAX, INFINITY, -INFINITY, NAN};

static struct {
    int32_t depth, outputs;
    float *x, *weights;
    int expects_codes; /* or -1: either */
} current;

static convoy_plan plan_of(int32_t isa, int32_t batch) {
    const convoy_dense_desc desc = {
        .struct_size = sizeof desc,
        .isa = isa,
        .batch = batch,
        .height = 1,
        .width = 1,
        .channels = current.depth,
        .out_features = current.outputs,
    };
    convoy_plan plan = {.struct_size = sizeof plan};
    CHECK_EQUAL(convoy_plan_dense(&desc, &plan), CONVOY_OK);
    return plan;
}

static int is_coded(const convoy_plan *plan) {
    const uint64_t whole = (plan->packed_bytes + CONVOY_ALIGNMENT - 1) / CONVOY_ALIGNMENT * CONVOY_ALIGNMENT;
    uint64_t *packed = aligned_alloc(CONVOY_ALIGNMENT, whole);
    CHECK(packed != NULL);
    CHECK_EQUAL(convoy_pack(plan, current.weights, plan->weight_count, packed, plan->packed_bytes), CONVOY_OK);
    const int result = packed[0] == 1;
    free(packed);
    return result;
}

static void compare(int32_t isa) {
    check_context("coded weights %s: %d -> %d", convoy_isa_name(isa), current.depth, current.outputs);
    const convoy_plan plan = plan_of(isa, 1);
    const convoy_plan plain = plan_of(isa, 2);
    if (current.expects_codes >= 0) {
        CHECK_EQUAL(is_coded(&plan), current.expects_codes);
    }
    operation operation = {.plan = &plan, .images = 1, .input = current.x, .weights = current.weights};
    const size_t count = (size_t)current.outputs;
    float *got = allocate(count * sizeof(float));
    float *expected = allocate(count * sizeof(float));
    run_operation(&operation, RANDOM_RANGES, got);
    operation.plan = &plain;
    run_operation(&operation, ONE_RANGE, expected);
    check_same_bits(got, expected, count);
    free(got);
    free(expected);
}

/* Numbers of all sizes that a normal distribution has. */
static float *make_normal(size_t count) {
    float *values = make_floats(count);
    for (size_t i = 0; i < count; i++) {
        float sum = values[i];
        for (int more = 0; more < 11; more++) {
            sum += (float)random_between(-1000000, 1000000) / 1e6f;
        }
        values[i] = sum / 50.0f;
    }
    return values;
}

/* Every so many-th group of features has an uncommon weight; 0: none has. */
static void test_case(int32_t depth, int32_t outputs, int32_t spacing, int expects_codes) {
    current.depth = depth;
    current.outputs = outputs;
    current.expects_codes = expects_codes;
    current.x = make_floats((size_t)depth);
    current.weights = make_normal((size_t)depth * (size_t)outputs);
    size_t which = 0;
    for (int32_t feature = 0; spacing > 0 && feature < depth; feature += spacing * FEATURES_OF_GROUP) {
        const int32_t output = random_between(0, outputs - 1);
        const int32_t k = feature + random_between(0, FEATURES_OF_GROUP - 1);
        if (k < depth) {
            current.weights[output * depth + k] = uncommon[which++ % (sizeof uncommon / sizeof uncommon[0])];
        }
    }
    for_each_isa(compare);
    free(current.x);
    free(current.weights);
}

int main(void) {
    test_case(DEPTH, OUTPUTS, 0, 1);
    test_case(DEPTH, OUTPUTS, 32, 1);     /* a few escapes */
    test_case(DEPTH, OUTPUTS, 1, 0);      /* more of them than are worth it */
    test_case(9216, 33, 64, 1);           /* several blocks, a panel that is narrower */
    test_case(4 * 373, 64, 0, 1);         /* blocks of unequal length */
    test_case(DEPTH + 2, OUTPUTS, 0, -1); /* no whole number of groups */
    for (int32_t i = 0; i < random_cases(60); i++) {
        test_case(random_between(1, 900), random_between(1, 100), random_between(0, 9), -1);
    }
    return check_summary();
}
