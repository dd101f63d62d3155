/* Depthwise convolution: the windows that networks have, the edges, and random shapes, against the oracle. */
#include "answer.h"
#include "check.h"
#include "convolution_case.h"
#include "layers.h"
#include "operation.h"
#include "oracle.h"

#include <math.h>
#include <stdlib.h>

DEFINE_PLAN(conv2d)

static convoy_conv2d_desc depthwise_of(int32_t batch, int32_t extent, int32_t channels, int32_t kernel, int32_t stride,
                                       int32_t pad, int32_t activation) {
    convoy_conv2d_desc desc = conv2d_of(batch, extent, channels, channels, kernel, stride, pad, activation);
    desc.groups = channels;
    desc.algorithm = CONVOY_ALGORITHM_DEPTHWISE;
    return desc;
}

static void compare(const convolution_case *it, int32_t isa) {
    const convoy_conv2d_desc *d = &it->desc;
    check_context(
        "depthwise %s: %d x %dx%dx%d, kernel %dx%d stride %dx%d pad %d,%d,%d,%d dilation %dx%d activation %d %s",
        convoy_isa_name(isa), d->header.batch, d->input.height, d->input.width, d->input.channels, d->window.kernel_h,
        d->window.kernel_w, d->window.stride_h, d->window.stride_w, d->window.pad_top, d->window.pad_left,
        d->window.pad_bottom, d->window.pad_right, d->dilation_h, d->dilation_w, d->activation.kind,
        it->answer.tolerance == NULL ? "whole numbers" : "floats");
    check_convolution(it, isa, CONVOY_ALGORITHM_DEPTHWISE);
}

/* Every width of a tile, alone and behind whole ones, of each window that has tiles of its own. */
static void test_windows(void) {
    for (int32_t kernel = 3; kernel <= 5; kernel += 2) {
        for (int32_t stride = 1; stride <= 2; stride++) {
            for (int32_t width = kernel; width <= kernel + 18; width++) {
                convoy_conv2d_desc desc =
                    depthwise_of(2, kernel + 1, 35, kernel, stride, kernel / 2, CONVOY_ACTIVATION_RELU);
                desc.input.width = width;
                test_convolution(desc, true, true, compare);
            }
            test_convolution_shape(depthwise_of(2, 14, 64, kernel, stride, kernel / 2, CONVOY_ACTIVATION_RELU),
                                   compare);
            test_convolution_shape(depthwise_of(3, 7, 40, kernel, stride, 0, CONVOY_ACTIVATION_HARD_SWISH), compare);
        }
    }
    test_convolution(depthwise_of(1, 112, 32, 3, 1, 1, CONVOY_ACTIVATION_RELU), true, false, compare);
    test_convolution(depthwise_of(2, 14, 512, 3, 2, 1, CONVOY_ACTIVATION_RELU), true, false, compare);
}

static void test_edges(void) {
    test_convolution_shape(depthwise_of(3, 1, 1, 1, 1, 0, CONVOY_ACTIVATION_NONE), compare);
    test_convolution_shape(depthwise_of(65, 1, 17, 1, 1, 0, CONVOY_ACTIVATION_PARAMETRIC_RELU),
                           compare); /* a normalisation of vectors */
    test_convolution_shape(depthwise_of(2, 9, 12, 1, 1, 0, CONVOY_ACTIVATION_NONE), compare);
    test_convolution_shape(depthwise_of(2, 9, 12, 1, 3, 0, CONVOY_ACTIVATION_NONE), compare);
    test_convolution_shape(depthwise_of(3, 7, 3, 7, 1, 0, CONVOY_ACTIVATION_RELU), compare);  /* kernel = image */
    test_convolution_shape(depthwise_of(3, 11, 3, 2, 5, 0, CONVOY_ACTIVATION_RELU), compare); /* stride > kernel */
    test_convolution_shape(depthwise_of(2, 3, 20, 3, 1, 5, CONVOY_ACTIVATION_TANH),
                           compare); /* windows of padding alone */
    test_convolution_shape(depthwise_of(2, 12, 18, 9, 1, 4, CONVOY_ACTIVATION_GELU), compare);

    convoy_conv2d_desc dilated = depthwise_of(2, 17, 21, 3, 1, 3, CONVOY_ACTIVATION_RELU);
    dilated.dilation_h = 2;
    dilated.dilation_w = 3;
    test_convolution_shape(dilated, compare);
    dilated.window.stride_w = 3; /* a tap's length, and no overlap of one */
    test_convolution_shape(dilated, compare);

    convoy_conv2d_desc lopsided = depthwise_of(3, 8, 6, 4, 2, 0, CONVOY_ACTIVATION_RELU);
    lopsided.input.width = 13;
    lopsided.window.kernel_w = 3;
    lopsided.window.stride_w = 1;
    lopsided.window.pad_top = 3;
    lopsided.window.pad_right = 2;
    test_convolution_shape(lopsided, compare);
}

static void test_random(int32_t cases) {
    for (int32_t i = 0; i < cases; i++) {
        convoy_conv2d_desc desc = depthwise_of(random_between(1, 6), 1, random_between(1, 50), 1, 1, 0, 0);
        desc.activation = random_activation();
        desc.window.kernel_h = random_between(1, 5);
        desc.window.kernel_w = random_between(1, 5);
        desc.window.stride_h = random_between(1, 3);
        desc.window.stride_w = random_between(1, 3);
        desc.dilation_h = random_between(0, 3) == 0 ? 2 : 1;
        desc.dilation_w = random_between(0, 3) == 0 ? 3 : 1;
        desc.window.pad_top = random_between(0, 4);
        desc.window.pad_left = random_between(0, 4);
        desc.window.pad_bottom = random_between(0, 4);
        desc.window.pad_right = random_between(0, 4);
        desc.input.height = (desc.window.kernel_h - 1) * desc.dilation_h + random_between(1, 12);
        desc.input.width = (desc.window.kernel_w - 1) * desc.dilation_w + random_between(1, 24);
        test_convolution_shape(desc, compare);
    }
}

static void refuses_what_is_not_depthwise(void) {
    convoy_conv2d_desc several = depthwise_of(1, 8, 8, 3, 1, 1, CONVOY_ACTIVATION_NONE);
    several.groups = 4;
    convoy_conv2d_desc multiplied = depthwise_of(1, 8, 8, 3, 1, 1, CONVOY_ACTIVATION_NONE);
    multiplied.out_channels = 16;
    convoy_conv2d_desc planes = depthwise_of(1, 8, 8, 3, 1, 1, CONVOY_ACTIVATION_NONE);
    planes.input_layout = CONVOY_LAYOUT_NCHW;
    convoy_conv2d_desc pooled = depthwise_of(1, 8, 8, 3, 1, 1, CONVOY_ACTIVATION_NONE);
    pooled.pool = (convoy_max_pool){.window = square_window(2, 2, 0), .out_height = 4, .out_width = 4};
    convoy_conv2d_desc points = depthwise_of(1, 8, 8, 3, 1, 1, CONVOY_ACTIVATION_NONE);
    points.points = 6;
    const convoy_conv2d_desc others[] = {several, multiplied, planes, pooled, points};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        check_context("depthwise, refusal %zu", i);
        convoy_plan plan = {.struct_size = sizeof plan};
        CHECK_EQUAL(convoy_plan_conv2d(&others[i], &plan), CONVOY_UNSUPPORTED);
    }
}

static void nan_and_infinity_propagate(int32_t isa) {
    check_context("depthwise %s: NaN and infinity", convoy_isa_name(isa));
    const convoy_conv2d_desc desc = depthwise_of(1, 12, 20, 3, 1, 1, CONVOY_ACTIVATION_RELU);
    const size_t count = floats_of(desc.input);
    float *x = make_floats(count);
    float *weights = make_floats(20 * 9);
    x[3] = NAN;                      /* channel 3 of pixel (0, 0) */
    x[count - 20] = HUGE_VALF;       /* channel 0 of pixel (11, 11) */
    x[(5 * 12 + 6) * 20 + 19] = NAN; /* channel 19 of pixel (5, 6) */
    double *expected = allocate(count * sizeof(double));
    float *y = allocate(count * sizeof(float));
    oracle_conv2d(&desc, x, weights, NULL, NULL, expected, NULL);
    const convoy_plan plan = plan_conv2d(desc, isa, 1);
    const operation operation = {.plan = &plan, .images = 1, .input = x, .weights = weights};
    run_operation(&operation, ONE_RANGE, y);
    for (size_t i = 0; i < count; i++) {
        CHECK_EQUAL(isnan(y[i]), isnan(expected[i]));
        CHECK_EQUAL(isinf(y[i]), isinf(expected[i]));
    }
    CHECK(isnan(y[3]) && !isnan(y[2]) && !isnan(y[4]));
    free(x);
    free(weights);
    free(expected);
    free(y);
}

int main(void) {
    test_windows();
    test_edges();
    test_random(random_cases(80));
    refuses_what_is_not_depthwise();
    for_each_isa(nan_and_infinity_propagate);
    return check_summary();
}
