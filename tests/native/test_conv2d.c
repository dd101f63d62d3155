/* Direct convolution: every layer of AlexNet and LeNet-5, the edges, and random shapes, against the oracle. */
#include "answer.h"
#include "check.h"
#include "convolution_case.h"
#include "layers.h"
#include "operation.h"
#include "oracle.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

DEFINE_PLAN(conv2d)

static void compare(const convolution_case *it, int32_t isa) {
    const convoy_conv2d_desc *d = &it->desc;
    check_context("conv2d %s: %d x %dx%dx%d -> %d, kernel %dx%d stride %dx%d pad %d,%d,%d,%d dilation %dx%d groups %d "
                  "activation %d %s",
                  convoy_isa_name(isa), d->header.batch, d->input.height, d->input.width, d->input.channels,
                  d->out_channels, d->window.kernel_h, d->window.kernel_w, d->window.stride_h, d->window.stride_w,
                  d->window.pad_top, d->window.pad_left, d->window.pad_bottom, d->window.pad_right, d->dilation_h,
                  d->dilation_w, d->groups, d->activation.kind,
                  it->answer.tolerance == NULL ? "whole numbers" : "floats");
    check_convolution(it, isa, CONVOY_ALGORITHM_DIRECT);
}

static void test_networks(void) {
    test_convolution(affordable(alexnet_conv2d(1, 2)), true, true, compare);
    test_convolution(affordable(alexnet_conv2d(2, 1)), true, true, compare);
    test_convolution(affordable(alexnet_conv2d(3, 2)), true, false, compare);
    test_convolution(affordable(alexnet_conv2d(4, 1)), true, true, compare);
    test_convolution(affordable(alexnet_conv2d(5, 1)), true, false, compare);
    test_convolution_shape(lenet5_conv2d(1, 7), compare);
    test_convolution_shape(lenet5_conv2d(2, 7), compare);
    test_convolution_shape(lenet5_conv2d(3, 50), compare);

    /* The two-tower AlexNet's second layer, and torchvision's first. */
    convoy_conv2d_desc towers = affordable(alexnet_conv2d(2, 1));
    towers.groups = 2;
    test_convolution(towers, true, true, compare);
    convoy_conv2d_desc first = affordable(alexnet_conv2d(1, 1));
    first.input.height = first.input.width = 224;
    first.window.pad_top = first.window.pad_left = first.window.pad_bottom = first.window.pad_right = 2;
    first.out_channels = first.out_channels / 3 * 2;
    test_convolution(first, true, true, compare);
}

static void test_edges(void) {
    test_convolution_shape(conv2d_of(3, 1, 1, 1, 1, 1, 0, CONVOY_ACTIVATION_NONE), compare);
    test_convolution_shape(conv2d_of(1, 1, 5, 3, 3, 1, 1, CONVOY_ACTIVATION_NONE), compare);
    test_convolution_shape(conv2d_of(3, 7, 3, 5, 7, 1, 0, CONVOY_ACTIVATION_RELU), compare);   /* kernel = image */
    test_convolution_shape(conv2d_of(3, 11, 3, 17, 2, 5, 0, CONVOY_ACTIVATION_RELU), compare); /* stride > kernel */
    test_convolution_shape(conv2d_of(3, 9, 13, 33, 3, 2, 1, CONVOY_ACTIVATION_NONE), compare); /* odd channels */
    test_convolution_shape(conv2d_of(2, 6, 70, 65, 1, 1, 0, CONVOY_ACTIVATION_TANH), compare); /* pointwise */
    test_convolution_shape(conv2d_of(2, 3, 4, 8, 3, 1, 5, CONVOY_ACTIVATION_RELU),
                           compare); /* windows of padding alone */

    convoy_conv2d_desc depthwise = conv2d_of(2, 10, 24, 24, 3, 1, 1, CONVOY_ACTIVATION_RELU);
    depthwise.groups = 24;
    test_convolution_shape(depthwise, compare);

    convoy_conv2d_desc dilated = conv2d_of(2, 17, 5, 20, 3, 1, 0, CONVOY_ACTIVATION_NONE);
    dilated.dilation_h = 2;
    dilated.dilation_w = 3;
    test_convolution_shape(dilated, compare);
    dilated.groups = 5;
    dilated.window.pad_left = 4;
    test_convolution_shape(dilated, compare);

    convoy_conv2d_desc lopsided = conv2d_of(3, 8, 6, 10, 4, 2, 0, CONVOY_ACTIVATION_RELU);
    lopsided.input.width = 13;
    lopsided.window.kernel_w = 3;
    lopsided.window.stride_w = 1;
    lopsided.window.pad_top = 3;
    lopsided.window.pad_right = 2;
    test_convolution_shape(lopsided, compare);

    convoy_conv2d_desc cut_short =
        conv2d_of(2, 8, 3, 4, 3, 4, 1, CONVOY_ACTIVATION_NONE); /* stride skips the last columns */
    cut_short.window.pad_bottom = 0;
    cut_short.window.pad_right = 0;
    test_convolution_shape(cut_short, compare);
}

static void test_random(int32_t cases) {
    for (int32_t i = 0; i < cases; i++) {
        convoy_conv2d_desc desc = conv2d_of(1, 1, 1, 1, 1, 1, 0, CONVOY_ACTIVATION_NONE);
        desc.activation = random_activation();
        desc.header.batch = random_between(1, 9);
        desc.groups = random_between(0, 3) == 0 ? random_between(2, 4) : 1;
        desc.input.channels = desc.groups * random_between(1, 20);
        desc.out_channels = desc.groups * random_between(1, 40);
        desc.window.kernel_h = random_between(1, 5);
        desc.window.kernel_w = random_between(1, 5);
        desc.window.stride_h = random_between(1, 3);
        desc.window.stride_w = random_between(1, 3);
        desc.dilation_h = random_between(0, 3) == 0 ? 2 : 1;
        desc.dilation_w = random_between(0, 3) == 0 ? 3 : 1;
        desc.window.pad_top = random_between(-3, 3) > 0 ? random_between(1, 3) : 0;
        desc.window.pad_left = random_between(-3, 3) > 0 ? random_between(1, 3) : 0;
        desc.window.pad_bottom = random_between(-3, 3) > 0 ? random_between(1, 3) : 0;
        desc.window.pad_right = random_between(-3, 3) > 0 ? random_between(1, 3) : 0;
        desc.input.height = (desc.window.kernel_h - 1) * desc.dilation_h + random_between(1, 12);
        desc.input.width = (desc.window.kernel_w - 1) * desc.dilation_w + random_between(1, 12);
        test_convolution_shape(desc, compare);
    }
}

static void nan_and_infinity_propagate(int32_t isa) {
    check_context("conv2d %s: NaN and infinity", convoy_isa_name(isa));
    convoy_conv2d_desc desc = conv2d_of(1, 6, 2, 3, 3, 1, 1, CONVOY_ACTIVATION_RELU);
    const size_t pixels = 36;
    float *x = make_floats(pixels * 2);
    float *weights = make_floats(3 * 2 * 9);
    x[0] = NAN;            /* pixel (0, 0) */
    x[35 * 2] = HUGE_VALF; /* pixel (5, 5) */
    double *expected = allocate(pixels * 3 * sizeof(double));
    float *y = allocate(pixels * 3 * sizeof(float));
    oracle_conv2d(&desc, x, weights, NULL, NULL, expected, NULL);
    const convoy_plan plan = plan_conv2d(desc, isa, 1);
    const operation operation = {.plan = &plan, .images = 1, .input = x, .weights = weights};
    run_operation(&operation, ONE_RANGE, y);
    for (size_t i = 0; i < pixels * 3; i++) {
        CHECK_EQUAL(isnan(y[i]), isnan(expected[i]));
        CHECK_EQUAL(isinf(y[i]), isinf(expected[i]));
    }
    CHECK(isnan(y[0]));
    free(x);
    free(weights);
    free(expected);
    free(y);
}

int main(void) {
    test_networks();
    test_edges();
    test_random(random_cases(60));
    for_each_isa(nan_and_infinity_propagate);
    return check_summary();
}
