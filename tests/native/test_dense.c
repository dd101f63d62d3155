/*
 * Fully connected layers: AlexNet's and LeNet-5's, odd sizes, and random ones, against the oracle. Weights stored in 16
 * bits are such as both formats hold exactly; test_float16.c has their rounding.
 */
#include "answer.h"
#include "check.h"
#include "layers.h"
#include "operation.h"
#include "oracle.h"

#include <math.h>

DEFINE_CASE(dense)

static void compare(int32_t isa) {
    const convoy_dense_desc *d = &current.desc;
    check_context("dense %s: %d x %dx%dx%d -> %d activation %d format %d %s", convoy_isa_name(isa), d->header.batch,
                  d->input.height, d->input.width, d->input.channels, d->out_features, d->activation.kind,
                  d->weight_format, current.answer.tolerance == NULL ? "whole numbers" : "floats");
    const convoy_plan plan = plan_dense(*d, isa, d->header.batch);
    const convoy_plan plan_of_one = plan_dense(*d, isa, 1);
    check_answer(&plan, current.answer.tolerance != NULL ? &plan_of_one : NULL, &current.data, &current.answer);
}

/* Rounds to numbers of 8 significant bits. */
static void coarsen(float *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        values[i] = rintf(values[i] * 128.0f) / 128.0f;
    }
}

static void test_case(convoy_dense_desc desc, bool with_bias, bool whole_numbers) {
    const size_t features = floats_of(desc.input);
    const size_t outputs = (size_t)desc.out_features;
    const size_t images = (size_t)desc.header.batch;
    current.desc = desc;
    current.data = make_data(features * images, features * outputs, outputs, with_bias, whole_numbers);
    if (desc.weight_format != CONVOY_WEIGHT_FLOAT32 && !whole_numbers) {
        coarsen(current.data.weights, features * outputs);
    }
    current.answer = make_answer(outputs * images, whole_numbers);
    oracle_dense(&desc, current.data.x, current.data.weights, current.data.bias, current.data.slopes,
                 current.answer.values, current.answer.tolerance);
    allow_for_terms(&current.answer, features);
    for_each_isa(compare);
    for (int32_t format = CONVOY_WEIGHT_FLOAT16; whole_numbers && format <= CONVOY_WEIGHT_BFLOAT16; format++) {
        current.desc.weight_format = format;
        for_each_isa(compare);
    }
    free_data(&current.data);
    free_answer(&current.answer);
}

static void test_shape(convoy_dense_desc desc) {
    convoy_dense_desc exact = desc;
    exact.activation = exact_activation(desc.activation);
    test_case(exact, true, true);
    test_case(desc, random_bits() % 4 != 0, false);
    desc.weight_format = random_between(CONVOY_WEIGHT_FLOAT16, CONVOY_WEIGHT_BFLOAT16);
    test_case(desc, random_bits() % 4 != 0, false);
}

/* A panel of outputs each, over all images that share it. */
static void items_are_single_panels(int32_t isa) {
    check_context("dense %s: work items", convoy_isa_name(isa));
    const convoy_plan plan = plan_dense(dense_of(241, 1, 2, 3, 1025, CONVOY_ACTIVATION_RELU), isa, 241);
    CHECK_EQUAL(plan.work_items % 2, 0);    /* images in two steps */
    CHECK(plan.work_items / 2 > 1024 / 32); /* no panel is wider than two vectors of 16 lanes */
}

int main(void) {
    for_each_isa(items_are_single_panels);
    /* AlexNet. fc6 with fewer outputs: its depth and its change of layout are what matters. */
    test_case(dense_of(2, 6, 6, 256, 640, CONVOY_ACTIVATION_RELU), true, true);
    test_case(dense_of(1, 1, 1, 4096, 4096, CONVOY_ACTIVATION_RELU), true, true);
    test_case(dense_of(7, 1, 1, 4096, 1000, CONVOY_ACTIVATION_NONE), true, false);
    /* LeNet-5. */
    test_shape(dense_of(100, 1, 1, 120, 84, CONVOY_ACTIVATION_TANH));
    test_shape(dense_of(7, 1, 1, 84, 10, CONVOY_ACTIVATION_NONE));
    /* Edges. */
    test_shape(dense_of(1, 1, 1, 1, 1, CONVOY_ACTIVATION_NONE));
    test_shape(dense_of(3, 3, 5, 7, 33, CONVOY_ACTIVATION_RELU));
    test_shape(dense_of(241, 1, 2, 3, 1025, CONVOY_ACTIVATION_RELU)); /* one image more than an item takes */
    for (int32_t i = 0; i < random_cases(40); i++) {
        convoy_dense_desc desc = dense_of(1, 1, 1, 1, 1, CONVOY_ACTIVATION_NONE);
        desc.header.batch = random_between(1, 20);
        desc.input.height = random_between(1, 5);
        desc.input.width = random_between(1, 5);
        desc.input.channels = random_between(1, 50);
        desc.out_features = random_between(1, 150);
        desc.activation = random_activation();
        test_shape(desc);
    }
    return check_summary();
}
