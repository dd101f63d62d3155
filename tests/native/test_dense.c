/*
 * Fully connected layers: AlexNet's and LeNet-5's, odd sizes, and random ones, against the oracle. Weights stored in 16
 * bits are such as both formats hold exactly; test_halves.c has their rounding.
 */
#include "check.h"
#include "layers.h"
#include "operation.h"
#include "oracle.h"

#include <math.h>
#include <stdlib.h>

static convoy_plan plan_of(convoy_dense_desc desc, int32_t isa, int32_t batch) {
    convoy_plan plan = {.struct_size = sizeof plan};
    desc.header.isa = isa;
    desc.header.batch = batch;
    CHECK_EQUAL(convoy_plan_dense(&desc, &plan), CONVOY_OK);
    return plan;
}

static struct {
    convoy_dense_desc desc;
    size_t outputs;
    float *x, *weights, *bias, *slopes;
    double *expected, *tolerance; /* tolerance NULL: exact */
} current;

static void compare(int32_t isa) {
    const convoy_dense_desc *d = &current.desc;
    check_context("dense %s: %d x %dx%dx%d -> %d activation %d format %d %s", convoy_isa_name(isa), d->header.batch,
                  d->input.height, d->input.width, d->input.channels, d->out_features, d->activation.kind,
                  d->weight_format, current.tolerance == NULL ? "whole numbers" : "floats");
    const convoy_plan plan = plan_of(*d, isa, d->header.batch);
    const convoy_plan plan_of_one = plan_of(*d, isa, 1);
    const operation operation = {.plan = &plan,
                                 .images = d->header.batch,
                                 .input = current.x,
                                 .weights = current.weights,
                                 .bias = current.bias,
                                 .slopes = current.slopes};
    float *y = allocate(current.outputs * sizeof(float));
    if (current.tolerance != NULL) {
        check_every_way(&operation, &plan_of_one, y);
    } else {
        run_operation(&operation, ONE_RANGE, y);
    }
    check_floats(y, current.expected, current.tolerance, current.outputs);
    free(y);
}

/* Numbers of 8 significant bits. */
static float *make_coarse(size_t count) {
    float *values = make_integers(count, 128);
    for (size_t i = 0; i < count; i++) {
        values[i] /= 128.0f;
    }
    return values;
}

static void test_case(convoy_dense_desc desc, bool with_bias, bool whole_numbers) {
    const size_t features = (size_t)desc.input.height * (size_t)desc.input.width * (size_t)desc.input.channels;
    const size_t weights = features * (size_t)desc.out_features;
    const size_t inputs = features * (size_t)desc.header.batch;
    current.desc = desc;
    current.outputs = (size_t)desc.header.batch * (size_t)desc.out_features;
    current.x = whole_numbers ? make_integers(inputs, 8) : make_floats(inputs);
    current.weights = whole_numbers                                 ? make_integers(weights, 8)
                      : desc.weight_format != CONVOY_WEIGHT_FLOAT32 ? make_coarse(weights)
                                                                    : make_floats(weights);
    current.bias = !with_bias      ? NULL
                   : whole_numbers ? make_integers((size_t)desc.out_features, 100)
                                   : make_floats((size_t)desc.out_features);
    current.slopes = make_floats((size_t)desc.out_features);
    current.expected = allocate(current.outputs * sizeof(double));
    current.tolerance = whole_numbers ? NULL : allocate(current.outputs * sizeof(double));
    oracle_dense(&desc, current.x, current.weights, current.bias, current.slopes, current.expected, current.tolerance);
    for (size_t i = 0; current.tolerance != NULL && i < current.outputs; i++) {
        current.tolerance[i] = ldexp((9.0 + 2.3 * sqrt((double)features)) * current.tolerance[i] + 6.0, -24);
    }
    for_each_isa(compare);
    for (int32_t format = CONVOY_WEIGHT_FLOAT16; whole_numbers && format <= CONVOY_WEIGHT_BFLOAT16; format++) {
        current.desc.weight_format = format;
        for_each_isa(compare);
    }
    free(current.x);
    free(current.weights);
    free(current.bias);
    free(current.slopes);
    free(current.expected);
    free(current.tolerance);
}

static void test_shape(convoy_dense_desc desc) {
    convoy_dense_desc exact = desc;
    if (exact.activation.kind != CONVOY_ACTIVATION_RELU) {
        exact.activation.kind = CONVOY_ACTIVATION_NONE;
    }
    test_case(exact, true, true);
    test_case(desc, random_bits() % 4 != 0, false);
    desc.weight_format = random_between(CONVOY_WEIGHT_FLOAT16, CONVOY_WEIGHT_BFLOAT16);
    test_case(desc, random_bits() % 4 != 0, false);
}

/* A panel of outputs each, over all images that share it. */
static void items_are_single_panels(int32_t isa) {
    check_context("dense %s: work items", convoy_isa_name(isa));
    const convoy_plan plan = plan_of(dense_of(241, 1, 2, 3, 1025, CONVOY_ACTIVATION_RELU), isa, 241);
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
