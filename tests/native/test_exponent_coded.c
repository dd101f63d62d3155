/*
 * Exponent-coded weights: layers for one image, against the same layers planned for two, whose weights stay as they
 * are. Nothing may differ, whatever the weights; how many bits they take is asked of the library.
 */
#include "check.h"
#include "layers.h"
#include "operation.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { DEPTH = 512, OUTPUTS = 70, STEPS_OF_BLOCK = 4, CODED_BITS = 28, PLAIN_BITS = 32 };

static const float uncommon[] = {0.0f, -0.0f, FLT_MIN, FLT_MIN / 3, -FLT_TRUE_MIN, FLT_MAX, INFINITY, -INFINITY, NAN};

static struct {
    convoy_dense_desc desc;
    float *x, *weights, *bias, *slopes;
    int expected_bits; /* 0: either */
} current;

static int32_t depth_of(const convoy_dense_desc *desc) {
    return desc->input.height * desc->input.width * desc->input.channels;
}

static convoy_plan plan_of(int32_t isa, int32_t batch) {
    convoy_dense_desc desc = current.desc;
    desc.header.isa = isa;
    desc.header.batch = batch;
    convoy_plan plan = {.struct_size = sizeof plan};
    CHECK_EQUAL(convoy_plan_dense(&desc, &plan), CONVOY_OK);
    return plan;
}

static int32_t bits_of(const convoy_plan *plan) {
    const uint64_t whole = (plan->packed_bytes + CONVOY_ALIGNMENT - 1) / CONVOY_ALIGNMENT * CONVOY_ALIGNMENT;
    void *packed = aligned_alloc(CONVOY_ALIGNMENT, whole);
    CHECK(packed != NULL);
    int32_t bits = 0;
    CHECK_EQUAL(convoy_pack(plan, current.weights, plan->weight_count, packed, plan->packed_bytes), CONVOY_OK);
    CHECK_EQUAL(convoy_packed_bits(plan, packed, plan->packed_bytes, &bits), CONVOY_OK);
    free(packed);
    return bits;
}

static void compare(int32_t isa) {
    const convoy_dense_desc *desc = &current.desc;
    check_context("exponent-coded weights %s: %d x %d x %d -> %d activation %d", convoy_isa_name(isa),
                  desc->input.height, desc->input.width, desc->input.channels, desc->out_features,
                  desc->activation.kind);
    const convoy_plan plan = plan_of(isa, 1);
    const convoy_plan plain = plan_of(isa, 2);
    CHECK_EQUAL(bits_of(&plain), PLAIN_BITS);
    if (current.expected_bits != 0) {
        CHECK_EQUAL(bits_of(&plan), current.expected_bits);
    }
    operation operation = {.plan = &plan,
                           .images = 1,
                           .input = current.x,
                           .weights = current.weights,
                           .bias = current.bias,
                           .slopes = current.slopes};
    const size_t count = (size_t)desc->out_features;
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
            sum += random_float();
        }
        values[i] = sum / 50.0f;
    }
    return values;
}

static void begin(convoy_dense_desc desc, int expected_bits) {
    const size_t depth = (size_t)depth_of(&desc);
    current.desc = desc;
    current.expected_bits = expected_bits;
    current.x = make_floats(depth);
    current.weights = make_normal(depth * (size_t)desc.out_features);
    current.slopes = make_floats((size_t)desc.out_features);
    current.bias = random_bits() % 4 != 0 ? make_floats((size_t)desc.out_features) : NULL;
}

static void end(void) {
    free(current.x);
    free(current.weights);
    free(current.bias);
    free(current.slopes);
}

/* The block's weights of an output get one that has no code; block: counted along the weights as they are given. */
static void spoil(int32_t output, int32_t block) {
    const int32_t k = block * STEPS_OF_BLOCK + random_between(0, STEPS_OF_BLOCK - 1);
    current.weights[output * depth_of(&current.desc) + k] =
        uncommon[random_bits() % (sizeof uncommon / sizeof uncommon[0])];
}

/* Every so many-th block has an uncommon weight; 0: none has. */
static void test_spacing(convoy_dense_desc desc, int32_t spacing, int expected_bits) {
    begin(desc, expected_bits);
    for (int32_t block = 0; spacing > 0 && block < depth_of(&desc) / STEPS_OF_BLOCK; block += spacing) {
        spoil(random_between(0, desc.out_features - 1), block);
    }
    for_each_isa(compare);
    end();
}

/* Escapes first and last in a panel, beside each other, and first and last in the blocks of a reduction. */
static void test_edges(void) {
    static const int32_t blocks[] = {0, 1, 2, 95, 96, 97, 191, 192, 383, 384, 767, 768, 2302, 2303};
    begin(dense_of(1, 1, 1, 9216, OUTPUTS, CONVOY_ACTIVATION_RELU), CODED_BITS);
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        spoil(0, blocks[i]);
        spoil(63, blocks[i]);
    }
    for_each_isa(compare);
    end();
}

/* As many escapes as the library bears, found by trying, and one more. */
static void test_limit_of(int32_t isa) {
    const int32_t blocks = 2048 / STEPS_OF_BLOCK;
    begin(dense_of(1, 1, 1, 2048, 64, CONVOY_ACTIVATION_NONE), CODED_BITS);
    const int32_t count = 2048 * 64;
    for (int32_t i = 0; i < count; i++) {
        current.weights[i] = 1.0f + fabsf(current.weights[i]);
    }
    const convoy_plan plan = plan_of(isa, 1);
    int32_t escapes = 0;
    while (escapes < blocks && bits_of(&plan) == CODED_BITS) {
        current.weights[escapes++ * STEPS_OF_BLOCK] = 0.0f;
    }
    CHECK(escapes > 1 && escapes < blocks);
    current.expected_bits = PLAIN_BITS;
    compare(isa);
    current.weights[--escapes * STEPS_OF_BLOCK] = 1.0f;
    current.expected_bits = CODED_BITS;
    compare(isa);
    end();
}

static void test_bits_refuses(void) {
    check_context("convoy_packed_bits");
    begin(dense_of(1, 1, 1, 4, 64, CONVOY_ACTIVATION_NONE), 0);
    const convoy_plan plan = plan_of(CONVOY_ISA_AUTO, 1);
    _Alignas(CONVOY_ALIGNMENT) char packed[CONVOY_ALIGNMENT] = {0};
    int32_t bits = 0;
    CHECK_EQUAL(convoy_packed_bits(&plan, packed, plan.packed_bytes, NULL), CONVOY_NULL_POINTER);
    CHECK_EQUAL(convoy_packed_bits(&plan, NULL, plan.packed_bytes, &bits), CONVOY_NULL_POINTER);
    CHECK_EQUAL(convoy_packed_bits(&plan, packed + 1, plan.packed_bytes, &bits), CONVOY_MISALIGNED);
    CHECK_EQUAL(convoy_packed_bits(&plan, packed, plan.packed_bytes - 1, &bits), CONVOY_BUFFER_TOO_SMALL);
    end();
}

int main(void) {
    test_bits_refuses();
    for (int32_t activation = 0; activation < CONVOY_ACTIVATION_COUNT; activation++) {
        test_spacing(dense_of(1, 1, 1, DEPTH, OUTPUTS, activation), 0, CODED_BITS);
        /* several blocks, a narrower panel */
        test_spacing(dense_of(1, 1, 1, 9216, OUTPUTS, activation), 64, CODED_BITS);
    }
    test_spacing(dense_of(1, 1, 1, DEPTH, OUTPUTS, CONVOY_ACTIVATION_NONE), 32, CODED_BITS); /* a few escapes */
    test_spacing(dense_of(1, 1, 1, DEPTH, OUTPUTS, CONVOY_ACTIVATION_NONE), 1, PLAIN_BITS); /* more than are worth it */
    test_spacing(dense_of(1, 6, 6, 256, 96, CONVOY_ACTIVATION_RELU), 64, CODED_BITS);
    test_spacing(dense_of(1, 1, 1, 4 * 373, 64, CONVOY_ACTIVATION_NONE), 0, CODED_BITS); /* blocks of unequal length */
    test_spacing(dense_of(1, 1, 1, DEPTH + 2, OUTPUTS, CONVOY_ACTIVATION_NONE), 0, PLAIN_BITS);
    test_edges();
    for_each_isa(test_limit_of);
    for (int32_t i = 0; i < random_cases(60); i++) {
        const int32_t activation = random_between(0, CONVOY_ACTIVATION_COUNT - 1);
        const convoy_dense_desc desc = dense_of(1, random_between(1, 3), random_between(1, 3), random_between(1, 200),
                                                random_between(1, 100), activation);
        test_spacing(desc, random_between(0, 9), 0);
    }
    return check_summary();
}
