/* Pooling: the networks' layers, ceil mode, padding counted or not, dilated and adaptive windows, NaN. */
#include "answer.h"
#include "check.h"
#include "layers.h"
#include "operation.h"
#include "oracle.h"

#include <math.h>

DEFINE_CASE(pool2d)

static void compare(int32_t isa) {
    const convoy_pool2d_desc *d = &current.desc;
    check_context("pool2d %s: kind %d, %d x %dx%dx%d -> %dx%d kernel %dx%d stride %dx%d dilation %dx%d pad %d,%d,%d,%d",
                  convoy_isa_name(isa), d->kind, d->header.batch, d->input.height, d->input.width, d->input.channels,
                  d->out_height, d->out_width, d->window.kernel_h, d->window.kernel_w, d->window.stride_h,
                  d->window.stride_w, d->dilation_h, d->dilation_w, d->window.pad_top, d->window.pad_left,
                  d->window.pad_bottom, d->window.pad_right);
    const convoy_plan plan = plan_pool2d(*d, isa, d->header.batch);
    const convoy_plan plan_of_one = plan_pool2d(*d, isa, 1);
    CHECK_EQUAL(plan.algorithm, CONVOY_ALGORITHM_SIMPLE);
    CHECK_EQUAL(plan_of_one.algorithm, CONVOY_ALGORITHM_SIMPLE);
    check_answer(&plan, &plan_of_one, &current.data, &current.answer);
}

static void test_shape(convoy_pool2d_desc desc) {
    const size_t images = (size_t)desc.header.batch;
    const size_t inputs = images * floats_of(desc.input);
    const convoy_image output = {desc.out_height, desc.out_width, desc.input.channels};
    const bool is_exact = desc.kind == CONVOY_POOL_MAX || desc.kind == CONVOY_POOL_ADAPTIVE_MAX;
    current.desc = desc;
    current.data.x = make_floats(inputs);
    for (size_t i = 0; i < inputs; i++) {
        if (random_between(0, 40) == 0) {
            const float rare[] = {NAN, HUGE_VALF, -HUGE_VALF, -0.0f};
            current.data.x[i] = rare[random_between(0, 3)];
        }
    }
    current.answer = make_answer(images * floats_of(output), is_exact);
    for (size_t i = 0; !is_exact && i < current.answer.count; i++) {
        current.answer.tolerance[i] = 2e-6; /* averages of floats below 1 */
    }
    oracle_pool2d(&desc, current.data.x, current.answer.values);
    for_each_isa(compare);
    free_data(&current.data);
    free_answer(&current.answer);
}

static void test_random(int32_t cases) {
    for (int32_t i = 0; i < cases; i++) {
        convoy_pool2d_desc desc =
            pool2d_of(random_between(CONVOY_POOL_MAX, CONVOY_POOL_ADAPTIVE_MAX), 1, 1, 1, 1, 1, 1, 0);
        desc.header.batch = random_between(1, 4);
        desc.input.channels = random_between(1, 90);
        desc.input.height = random_between(1, 14);
        desc.input.width = random_between(1, 14);
        desc.window.kernel_h = random_between(1, 4);
        desc.window.kernel_w = random_between(1, 4);
        desc.window.stride_h = random_between(1, 4);
        desc.window.stride_w = random_between(1, 4);
        /* No further apart than the image is large: windows cannot step over it then. */
        desc.dilation_h = i % 2 == 0 ? 1 : random_between(1, desc.input.height < 4 ? desc.input.height : 4);
        desc.dilation_w = i % 2 == 0 ? 1 : random_between(1, desc.input.width < 4 ? desc.input.width : 4);
        desc.window.pad_top = random_between(0, (desc.window.kernel_h - 1) * desc.dilation_h);
        desc.window.pad_left = random_between(0, (desc.window.kernel_w - 1) * desc.dilation_w);
        desc.window.pad_bottom = random_between(0, 3);
        desc.window.pad_right = random_between(0, 3);
        /* As many windows as begin inside the image, or fewer. */
        desc.out_height = random_between(1, (desc.input.height + desc.window.pad_top - 1) / desc.window.stride_h + 1);
        desc.out_width = random_between(1, (desc.input.width + desc.window.pad_left - 1) / desc.window.stride_w + 1);
        test_shape(desc);
    }
}

int main(void) {
    test_shape(pool2d_of(CONVOY_POOL_MAX, 2, 55, 96, 27, 3, 2, 0));
    test_shape(pool2d_of(CONVOY_POOL_MAX, 2, 27, 256, 13, 3, 2, 0));
    test_shape(pool2d_of(CONVOY_POOL_MAX, 3, 13, 256, 6, 3, 2, 0));
    test_shape(pool2d_of(CONVOY_POOL_AVERAGE, 7, 28, 6, 14, 2, 2, 0));
    test_shape(pool2d_of(CONVOY_POOL_AVERAGE, 7, 10, 16, 5, 2, 2, 0));
    test_shape(pool2d_of(CONVOY_POOL_ADAPTIVE_AVERAGE, 2, 13, 256, 6, 0, 0, 0));
    test_shape(pool2d_of(CONVOY_POOL_ADAPTIVE_AVERAGE, 3, 7, 33, 1, 0, 0, 0)); /* global */
    test_shape(pool2d_of(CONVOY_POOL_ADAPTIVE_AVERAGE, 2, 4, 5, 9, 0, 0, 0));  /* more windows than rows */
    test_shape(pool2d_of(CONVOY_POOL_ADAPTIVE_MAX, 3, 7, 33, 1, 0, 0, 0));     /* global */
    test_shape(pool2d_of(CONVOY_POOL_ADAPTIVE_MAX, 2, 13, 67, 6, 0, 0, 0));
    test_shape(pool2d_of(CONVOY_POOL_MAX, 3, 1, 1, 1, 1, 1, 0));
    test_shape(pool2d_of(CONVOY_POOL_MAX, 2, 6, 65, 3, 3, 2, 0));            /* ceil mode: the last window is cut */
    test_shape(pool2d_of(CONVOY_POOL_AVERAGE_PADDED, 2, 6, 17, 4, 3, 2, 1)); /* beyond the padding, too */
    test_shape(pool2d_of(CONVOY_POOL_AVERAGE, 2, 6, 17, 4, 3, 2, 1));
    convoy_pool2d_desc wide = pool2d_of(CONVOY_POOL_AVERAGE_PADDED, 2, 3, 5, 1, 2, 1, 0);
    wide.dilation_h = wide.dilation_w = 5; /* than the image: the window begins in the padding or ends there */
    wide.window.pad_left = 4;
    wide.window.pad_bottom = 4;
    test_shape(wide);
    test_random(random_cases(120));
    return check_summary();
}
