/* Pooling: the networks' layers, ceil mode, padding counted or not, adaptive windows, NaN. */
#include "check.h"
#include "operation.h"
#include "oracle.h"

#include <math.h>
#include <stdlib.h>

static convoy_pool2d_desc pool(int32_t kind, int32_t batch, int32_t extent, int32_t channels, int32_t out,
                               int32_t kernel, int32_t stride, int32_t pad) {
    return (convoy_pool2d_desc){
        .struct_size = sizeof(convoy_pool2d_desc),
        .kind = kind,
        .batch = batch,
        .height = extent,
        .width = extent,
        .channels = channels,
        .out_height = out,
        .out_width = out,
        .kernel_h = kernel,
        .kernel_w = kernel,
        .stride_h = stride,
        .stride_w = stride,
        .pad_top = pad,
        .pad_left = pad,
        .pad_bottom = pad,
        .pad_right = pad,
    };
}

static convoy_plan plan_of(convoy_pool2d_desc desc, int32_t isa, int32_t batch) {
    convoy_plan plan = {.struct_size = sizeof plan};
    desc.isa = isa;
    desc.batch = batch;
    CHECK_EQUAL(convoy_plan_pool2d(&desc, &plan), CONVOY_OK);
    CHECK_EQUAL(plan.algorithm, CONVOY_ALGORITHM_SIMPLE);
    return plan;
}

static struct {
    convoy_pool2d_desc desc;
    size_t outputs;
    float *x;
    double *expected, *tolerance;
} current;

static void compare(int32_t isa) {
    const convoy_pool2d_desc *d = &current.desc;
    check_context("pool2d %s: kind %d, %d x %dx%dx%d -> %dx%d kernel %dx%d stride %dx%d pad %d,%d,%d,%d",
                  convoy_isa_name(isa), d->kind, d->batch, d->height, d->width, d->channels, d->out_height,
                  d->out_width, d->kernel_h, d->kernel_w, d->stride_h, d->stride_w, d->pad_top, d->pad_left,
                  d->pad_bottom, d->pad_right);
    const convoy_plan plan = plan_of(*d, isa, d->batch);
    const convoy_plan plan_of_one = plan_of(*d, isa, 1);
    const operation operation = {.plan = &plan, .images = d->batch, .input = current.x};
    float *y = allocate(current.outputs * sizeof(float));
    check_every_way(&operation, &plan_of_one, y);
    check_floats(y, current.expected, d->kind == CONVOY_POOL_MAX ? NULL : current.tolerance, current.outputs);
    free(y);
}

static void test_shape(convoy_pool2d_desc desc) {
    const size_t inputs = (size_t)desc.batch * (size_t)desc.height * (size_t)desc.width * (size_t)desc.channels;
    current.desc = desc;
    current.outputs = (size_t)desc.batch * (size_t)desc.out_height * (size_t)desc.out_width * (size_t)desc.channels;
    current.x = make_floats(inputs);
    for (size_t i = 0; i < inputs; i++) {
        if (random_between(0, 40) == 0) {
            const float rare[] = {NAN, HUGE_VALF, -HUGE_VALF, -0.0f};
            current.x[i] = rare[random_between(0, 3)];
        }
    }
    current.expected = allocate(current.outputs * sizeof(double));
    current.tolerance = allocate(current.outputs * sizeof(double));
    for (size_t i = 0; i < current.outputs; i++) {
        current.tolerance[i] = 2e-6; /* averages of floats below 1 */
    }
    oracle_pool2d(&desc, current.x, current.expected);
    for_each_isa(compare);
    free(current.x);
    free(current.expected);
    free(current.tolerance);
}

static void test_random(int32_t cases) {
    for (int32_t i = 0; i < cases; i++) {
        convoy_pool2d_desc desc = pool(random_between(0, 3), 1, 1, 1, 1, 1, 1, 0);
        desc.batch = random_between(1, 4);
        desc.channels = random_between(1, 90);
        desc.height = random_between(1, 14);
        desc.width = random_between(1, 14);
        desc.kernel_h = random_between(1, 4);
        desc.kernel_w = random_between(1, 4);
        desc.stride_h = random_between(1, 4);
        desc.stride_w = random_between(1, 4);
        desc.pad_top = random_between(0, desc.kernel_h - 1);
        desc.pad_left = random_between(0, desc.kernel_w - 1);
        desc.pad_bottom = random_between(0, 3);
        desc.pad_right = random_between(0, 3);
        /* As many windows as begin inside the image, or fewer. */
        desc.out_height = random_between(1, (desc.height + desc.pad_top - 1) / desc.stride_h + 1);
        desc.out_width = random_between(1, (desc.width + desc.pad_left - 1) / desc.stride_w + 1);
        test_shape(desc);
    }
}

int main(void) {
    test_shape(pool(CONVOY_POOL_MAX, 2, 55, 96, 27, 3, 2, 0));
    test_shape(pool(CONVOY_POOL_MAX, 2, 27, 256, 13, 3, 2, 0));
    test_shape(pool(CONVOY_POOL_MAX, 3, 13, 256, 6, 3, 2, 0));
    test_shape(pool(CONVOY_POOL_AVERAGE, 7, 28, 6, 14, 2, 2, 0));
    test_shape(pool(CONVOY_POOL_AVERAGE, 7, 10, 16, 5, 2, 2, 0));
    test_shape(pool(CONVOY_POOL_ADAPTIVE_AVERAGE, 2, 13, 256, 6, 0, 0, 0));
    test_shape(pool(CONVOY_POOL_ADAPTIVE_AVERAGE, 3, 7, 33, 1, 0, 0, 0)); /* global */
    test_shape(pool(CONVOY_POOL_ADAPTIVE_AVERAGE, 2, 4, 5, 9, 0, 0, 0));  /* more windows than rows */
    test_shape(pool(CONVOY_POOL_MAX, 3, 1, 1, 1, 1, 1, 0));
    test_shape(pool(CONVOY_POOL_MAX, 2, 6, 65, 3, 3, 2, 0));            /* ceil mode: the last window is cut */
    test_shape(pool(CONVOY_POOL_AVERAGE_PADDED, 2, 6, 17, 4, 3, 2, 1)); /* beyond the padding, too */
    test_shape(pool(CONVOY_POOL_AVERAGE, 2, 6, 17, 4, 3, 2, 1));
    test_random(random_cases(60));
    return check_summary();
}
