/*
 * Winograd convolution with pooling behind it: the bits of the convolution and the pooling run one after the other,
 * however it is run; and what its plans promise and refuse.
 */
#include "answer.h"
#include "check.h"
#include "layers.h"
#include "operation.h"
#include "oracle.h"

#include <math.h>
#include <stdlib.h>

static convoy_max_pool pool_of(int32_t out, int32_t kernel, int32_t stride, int32_t pad) {
    convoy_max_pool pool = {.window = square_window(kernel, stride, pad), .out_height = out, .out_width = out};
    pool.window.pad_bottom = pool.window.pad_right = 0;
    return pool;
}

static convoy_conv2d_desc with_pool(convoy_conv2d_desc desc, convoy_max_pool pool) {
    desc.algorithm = CONVOY_ALGORITHM_WINOGRAD;
    desc.points = 6;
    desc.pool = pool;
    return desc;
}

static int32_t status_of(const convoy_conv2d_desc *desc, convoy_plan *plan) {
    *plan = (convoy_plan){.struct_size = sizeof *plan};
    return convoy_plan_conv2d(desc, plan);
}

static convoy_plan plan_of(convoy_conv2d_desc desc, int32_t isa, int32_t points, int32_t batch) {
    convoy_plan plan;
    desc.header.isa = isa;
    desc.points = points;
    desc.header.batch = batch;
    CHECK_EQUAL(status_of(&desc, &plan), CONVOY_OK);
    return plan;
}

static struct {
    convoy_conv2d_desc desc;
    layer_data data;
    int32_t pooled, left_alone; /* plans that were made, and that would have been too large */
} current;

/* The convolution, then the pooling, by two operators. */
static void run_both(int32_t isa, int32_t points, float *y) {
    convoy_conv2d_desc desc = current.desc;
    desc.pool = (convoy_max_pool){0};
    const convoy_plan plan = plan_of(desc, isa, points, desc.header.batch);
    const convoy_max_pool *pool = &current.desc.pool;
    const convoy_pool2d_desc pool_desc = {
        .header = {.struct_size = sizeof pool_desc, .isa = isa, .batch = desc.header.batch},
        .input = oracle_conv2d_output(&desc),
        .window = pool->window,
        .dilation_h = 1,
        .dilation_w = 1,
        .out_height = pool->out_height,
        .out_width = pool->out_width,
        .kind = CONVOY_POOL_MAX,
    };
    convoy_plan pool_plan = {.struct_size = sizeof pool_plan};
    CHECK_EQUAL(convoy_plan_pool2d(&pool_desc, &pool_plan), CONVOY_OK);
    float *map = allocate((size_t)desc.header.batch * plan.output_image_bytes);
    const operation convolution = operation_on(&current.data, &plan);
    run_operation(&convolution, ONE_RANGE, map);
    const operation pooling = {.plan = &pool_plan, .images = desc.header.batch, .input = map};
    run_operation(&pooling, ONE_RANGE, y);
    free(map);
}

static void compare_points(int32_t isa, int32_t points) {
    const convoy_conv2d_desc *d = &current.desc;
    check_context("winograd %s, %d points: %d x %dx%dx%d -> %d, kernel %dx%d stride %d pad %d,%d,%d,%d groups %d "
                  "activation %d layout %d; pool %dx%d stride %dx%d pad %d,%d to %dx%d",
                  convoy_isa_name(isa), points, d->header.batch, d->input.height, d->input.width, d->input.channels,
                  d->out_channels, d->window.kernel_h, d->window.kernel_w, d->window.stride_h, d->window.pad_top,
                  d->window.pad_left, d->window.pad_bottom, d->window.pad_right, d->groups, d->activation.kind,
                  d->input_layout, d->pool.window.kernel_h, d->pool.window.kernel_w, d->pool.window.stride_h,
                  d->pool.window.stride_w, d->pool.window.pad_top, d->pool.window.pad_left, d->pool.out_height,
                  d->pool.out_width);
    convoy_conv2d_desc alone = *d;
    alone.header.isa = isa;
    alone.points = points;
    alone.pool = (convoy_max_pool){0};
    convoy_plan plan;
    if (status_of(&alone, &plan) == CONVOY_UNSUPPORTED) {
        return; /* so many points do not suit the filter */
    }
    alone.pool = d->pool;
    if (status_of(&alone, &plan) == CONVOY_UNSUPPORTED) {
        current.left_alone++;
        return;
    }
    current.pooled++;
    const convoy_plan plan_of_one = plan_of(*d, isa, points, 1);
    CHECK_EQUAL(plan.points, points);
    CHECK_EQUAL((int64_t)plan.output_image_bytes,
                (int64_t)d->pool.out_height * d->pool.out_width * d->out_channels * (int64_t)sizeof(float));
    const size_t count = (size_t)d->header.batch * plan.output_image_bytes / sizeof(float);
    float *y = allocate(count * sizeof(float));
    float *expected = allocate(count * sizeof(float));
    const operation operation = operation_on(&current.data, &plan);
    check_every_way(&operation, &plan_of_one, y);
    run_both(isa, points, expected);
    check_same_bits(y, expected, count);
    free(y);
    free(expected);
}

static void compare(int32_t isa) {
    for (int32_t points = 4; points <= 8; points += 2) {
        compare_points(isa, points);
    }
}

/* rare: among the inputs are NaN, infinities and zeros of either sign. */
static void test_case(convoy_conv2d_desc desc, bool rare) {
    const size_t inputs = (size_t)desc.header.batch * floats_of(desc.input);
    const size_t filter = (size_t)(desc.input.channels / desc.groups * desc.window.kernel_h * desc.window.kernel_w);
    current.desc = desc;
    const size_t channels = (size_t)desc.out_channels;
    current.data = make_data(inputs, filter * channels, channels, random_bits() % 4 != 0, false);
    for (size_t i = 0; rare && i < inputs; i++) {
        if (random_between(0, 200) == 0) {
            const float values[] = {NAN, HUGE_VALF, -HUGE_VALF, -0.0f};
            current.data.x[i] = values[random_between(0, 3)];
        }
    }
    for_each_isa(compare);
    free_data(&current.data);
}

/* AlexNet's convolutions that are pooled, and the extents of the pools' outputs. */
static const struct { int32_t layer, out; } alexnet_pools[] = {{1, 27}, {2, 13}, {5, 6}};

static void test_networks(void) {
    for (size_t i = 0; i < 3; i++) {
        const int32_t layer = alexnet_pools[i].layer;
        convoy_conv2d_desc desc = affordable(alexnet_conv2d(layer, is_quick() ? 1 : 2));
        desc.input.channels = desc.input.channels > 96 ? 96 : desc.input.channels;
        desc.out_channels = desc.out_channels > 96 ? 96 : desc.out_channels;
        desc.input_layout = layer == 1 ? CONVOY_LAYOUT_NCHW : CONVOY_LAYOUT_NHWC;
        test_case(with_pool(desc, pool_of(alexnet_pools[i].out, 3, 2, 0)), false);
    }
}

/* Several images to a work item and several micro-batches, the last of fewer images. */
static void test_rounds(void) {
    convoy_conv2d_desc desc =
        conv2d_of(is_quick() ? 125 : 250, 17, 32, is_quick() ? 9 : 20, 3, 1, 1, CONVOY_ACTIVATION_RELU);
    desc = with_pool(desc, pool_of(8, 3, 2, 0));
    test_case(desc, false);
    for (int32_t points = 4; points <= 8; points += 2) {
        CHECK(plan_of(desc, CONVOY_ISA_SCALAR, points, desc.header.batch).phases > 2);
    }
}

/* Windows along an axis of so many elements: as many as begin inside the image, as with the extent rounded up, or
 * fewer. */
static void random_windows(int32_t extent, int32_t *out, int32_t *kernel, int32_t *stride, int32_t *pad) {
    *kernel = random_between(1, random_between(0, 3) == 0 ? extent + 3 : 4);
    *stride = random_between(1, random_between(0, 3) == 0 ? extent + 3 : 4);
    *pad = random_between(0, *kernel - 1);
    const int32_t most = (extent + *pad - 1) / *stride + 1;
    *out = random_between(0, 2) == 0 ? random_between(1, most) : most;
}

static convoy_conv2d_desc random_shape(void) {
    convoy_conv2d_desc desc =
        conv2d_of(random_between(1, 4), 0, 1, 1, 1, random_between(0, 2) == 0 ? 2 : 1, 0, CONVOY_ACTIVATION_NONE);
    desc.activation = random_activation();
    desc.groups = desc.window.stride_h == 1 && random_between(0, 2) == 0 ? random_between(2, 3) : 1;
    desc.input.channels = desc.groups * random_between(1, 20);
    desc.out_channels = desc.groups * random_between(1, 40);
    desc.window.kernel_h = random_between(desc.window.stride_h + 1, 6);
    desc.window.kernel_w = random_between(desc.window.stride_w + 1, 6);
    desc.window.pad_top = random_between(0, 3);
    desc.window.pad_left = random_between(0, 3);
    desc.window.pad_bottom = random_between(0, 3);
    desc.window.pad_right = random_between(0, 3);
    desc.input_layout = random_between(0, 1);
    desc.input.height = desc.window.kernel_h + random_between(0, 23);
    desc.input.width = desc.window.kernel_w + random_between(0, 23);
    const convoy_image map = oracle_conv2d_output(&desc);
    convoy_max_pool pool = {0};
    random_windows(map.height, &pool.out_height, &pool.window.kernel_h, &pool.window.stride_h, &pool.window.pad_top);
    random_windows(map.width, &pool.out_width, &pool.window.kernel_w, &pool.window.stride_w, &pool.window.pad_left);
    return with_pool(desc, pool);
}

static void test_random(int32_t cases) {
    for (int32_t i = 0; i < cases; i++) {
        test_case(random_shape(), i % 2 == 0);
    }
}

/* 3 x 3 over 12 x 12 x 16 with padding, then 3 x 3 at stride 2, to be spoilt. */
static convoy_conv2d_desc usual(void) {
    return with_pool(conv2d_of(2, 12, 16, 8, 3, 1, 1, CONVOY_ACTIVATION_NONE), pool_of(5, 3, 2, 0));
}

#define CHECK_STATUS(status, ...)                                                                                      \
    do {                                                                                                               \
        convoy_conv2d_desc desc = usual();                                                                             \
        convoy_plan plan;                                                                                              \
        __VA_ARGS__;                                                                                                   \
        check_context("pooled winograd with " #__VA_ARGS__);                                                           \
        CHECK_EQUAL(status_of(&desc, &plan), status);                                                                  \
    } while (0)

static void windows_are_checked(void) {
    CHECK_STATUS(CONVOY_OK, (void)0);
    CHECK_STATUS(CONVOY_OK, desc.pool.out_height = desc.pool.out_width = 6); /* the extent rounded up */
    CHECK_STATUS(CONVOY_BAD_VALUE, desc.pool.out_height = 7);                /* wholly beyond the map */
    CHECK_STATUS(CONVOY_BAD_VALUE, desc.pool.out_width = 7);
    CHECK_STATUS(CONVOY_OK, desc.pool.window.pad_top = desc.pool.window.pad_left = 2);
    CHECK_STATUS(CONVOY_BAD_VALUE, desc.pool.window.pad_top = 3); /* wholly before it */
    CHECK_STATUS(CONVOY_BAD_VALUE, desc.pool.window.pad_left = 3);
    CHECK_STATUS(CONVOY_BAD_VALUE, desc.pool.window.pad_left = -1);
    CHECK_STATUS(CONVOY_BAD_VALUE, desc.pool.window.kernel_h = 0);
    CHECK_STATUS(CONVOY_BAD_VALUE, desc.pool.window.kernel_w = 0);
    CHECK_STATUS(CONVOY_BAD_VALUE, desc.pool.window.kernel_h = -1);
    CHECK_STATUS(CONVOY_BAD_VALUE, desc.pool.window.stride_h = 0);
    CHECK_STATUS(CONVOY_BAD_VALUE, desc.pool.window.stride_w = CONVOY_MAX_EXTENT + 1);
    CHECK_STATUS(CONVOY_BAD_VALUE, desc.pool.out_height = 0);
    CHECK_STATUS(CONVOY_BAD_VALUE, desc.pool.out_width = INT32_MIN);
    CHECK_STATUS(CONVOY_OK, desc.pool.window.kernel_h = desc.pool.window.kernel_w = CONVOY_MAX_EXTENT,
                 desc.pool.out_height = 1);
}

/* Direct convolution does not pool, nor does Winograd's where an image's results would leave the cache. */
static void what_cannot_pool_is_unsupported(void) {
    CHECK_STATUS(CONVOY_UNSUPPORTED, desc.algorithm = CONVOY_ALGORITHM_DIRECT, desc.points = 0);
    CHECK_STATUS(CONVOY_UNSUPPORTED, desc.dilation_h = 2);
    CHECK_STATUS(CONVOY_UNSUPPORTED, desc.input.height = desc.input.width = 500);
    CHECK_STATUS(CONVOY_UNSUPPORTED, desc.input.height = desc.input.width = CONVOY_MAX_EXTENT);
    convoy_conv2d_desc alone = usual();
    alone.pool = (convoy_max_pool){0};
    alone.input.height = alone.input.width = 500;
    convoy_plan plan;
    CHECK_EQUAL(status_of(&alone, &plan), CONVOY_OK);
}

/* Of the layers that pool in AlexNet, each can with 8 points and every instruction set. */
static void the_layers_of_alexnet_pool(int32_t isa) {
    for (size_t i = 0; i < 3; i++) {
        const int32_t layer = alexnet_pools[i].layer;
        check_context("pooled winograd %s: AlexNet's convolution %d", convoy_isa_name(isa), layer);
        const convoy_conv2d_desc desc = with_pool(alexnet_conv2d(layer, 64), pool_of(alexnet_pools[i].out, 3, 2, 0));
        const convoy_plan plan = plan_of(desc, isa, 8, 64);
        CHECK(plan.scratch_bytes < 1024 * 1024);
    }
}

int main(void) {
    test_networks();
    test_rounds();
    test_random(random_cases(100));
    check_context("pooled winograd: random cases");
    CHECK(current.pooled > 4 * current.left_alone);
    windows_are_checked();
    what_cannot_pool_is_unsupported();
    for_each_isa(the_layers_of_alexnet_pool);
    return check_summary();
}
