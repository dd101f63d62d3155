/*
 * Winograd convolution's numbers: every convolution of AlexNet and LeNet-5, all mixtures of tiles, and random shapes,
 * against the oracle; and that an image's output is the same bits however it is run.
 */
#include "check.h"
#include "layers.h"
#include "operation.h"
#include "oracle.h"

#include <math.h>
#include <stdlib.h>

/*
 * The relative L2 errors that convoy.h promises. The largest seen in 9,000 random cases: 7.0e-7, 3.0e-6 and 9.6e-6; in
 * the layers of AlexNet: 3.7e-7, 1.8e-6 and 6.1e-6.
 */
static double allowed_error(int32_t points) {
    return points == 4 ? 1e-6 : points == 6 ? 4e-6 : 1e-5;
}

/* A case whose data and expected results are made once and used with every instruction set and number of points. */
static struct {
    convoy_conv2d_desc desc;
    size_t outputs;
    float *x, *weights, *bias; /* x: in the layout of the descriptor */
    double *sums;              /* expected, before the activation */
    bool every_way;
} current;

static convoy_plan plan_of(const convoy_conv2d_desc *current_desc, int32_t isa, int32_t points, int32_t batch) {
    convoy_conv2d_desc desc = *current_desc;
    convoy_plan plan = {.struct_size = sizeof plan};
    desc.isa = isa;
    desc.algorithm = CONVOY_ALGORITHM_WINOGRAD;
    desc.points = points;
    desc.batch = batch;
    CHECK_EQUAL(convoy_plan_conv2d(&desc, &plan), CONVOY_OK);
    CHECK_EQUAL(plan.algorithm, CONVOY_ALGORITHM_WINOGRAD);
    CHECK(plan.points == points || (points == 0 && plan.points >= 4 && plan.points <= 8 && plan.points % 2 == 0));
    return plan;
}

/* Wider filters than points leave no outputs; 8 points are too many for 2 taps of a folded filter. */
static bool has_points(const convoy_conv2d_desc *desc, int32_t points) {
    const int32_t taps_h = (desc->kernel_h + desc->stride_h - 1) / desc->stride_h;
    const int32_t taps_w = (desc->kernel_w + desc->stride_w - 1) / desc->stride_w;
    return taps_h < points && taps_w < points && (points < 8 || desc->stride_h == 1 || (taps_h > 2 && taps_w > 2));
}

/*
 * Relative to the norm before the activation, which magnifies no error; or, where padding or chance leaves that small,
 * to what it usually is: the inputs and weights are such that the mean square of a whole window's sum is 4/9.
 */
static double relative_error(const float *y) {
    double error = 0.0;
    double norm = 0.0;
    for (size_t i = 0; i < current.outputs; i++) {
        const double difference = (double)y[i] - oracle_activation(current.sums[i], current.desc.activation);
        error += difference * difference;
        norm += current.sums[i] * current.sums[i];
    }
    return sqrt(error / fmax(norm, 4.0 / 9.0 * (double)current.outputs));
}

static void compare_points(int32_t isa, int32_t points) {
    const convoy_conv2d_desc *d = &current.desc;
    const convoy_plan plan = plan_of(d, isa, points, d->batch);
    const convoy_plan plan_of_one = plan_of(d, isa, plan.points, 1);
    check_context("winograd %s, %d of %d points: %d x %dx%dx%d -> %d, kernel %dx%d stride %d pad %d,%d,%d,%d groups %d "
                  "activation %d layout %d",
                  convoy_isa_name(isa), plan.points, points, d->batch, d->height, d->width, d->in_channels,
                  d->out_channels, d->kernel_h, d->kernel_w, d->stride_h, d->pad_top, d->pad_left, d->pad_bottom,
                  d->pad_right, d->groups, d->activation, d->input_layout);
    const operation operation = {
        .plan = &plan, .images = d->batch, .input = current.x, .weights = current.weights, .bias = current.bias};
    float *y = allocate(current.outputs * sizeof(float));
    if (current.every_way) {
        check_every_way(&operation, &plan_of_one, y);
    } else {
        run_operation(&operation, ONE_RANGE, y);
    }
    CHECK_AT_MOST(relative_error(y), allowed_error(plan.points));
    free(y);
}

static void compare(int32_t isa) {
    for (int32_t points = 4; points <= 8; points += 2) {
        if (has_points(&current.desc, points)) {
            compare_points(isa, points);
        }
    }
    compare_points(isa, 0);
}

static float *to_planes(const convoy_conv2d_desc *desc, const float *x) {
    const size_t pixels = (size_t)desc->height * (size_t)desc->width;
    const size_t channels = (size_t)desc->in_channels;
    float *planes = allocate((size_t)desc->batch * pixels * channels * sizeof(float));
    for (size_t image = 0; image < (size_t)desc->batch; image++) {
        for (size_t i = 0; i < pixels * channels; i++) {
            const size_t first = image * pixels * channels;
            planes[first + i % channels * pixels + i / channels] = x[first + i];
        }
    }
    return planes;
}

static void test_case(convoy_conv2d_desc desc, bool every_way) {
    const size_t inputs = (size_t)desc.batch * (size_t)desc.height * (size_t)desc.width * (size_t)desc.in_channels;
    const size_t filter = (size_t)(desc.in_channels / desc.groups * desc.kernel_h * desc.kernel_w);
    current.desc = desc;
    current.every_way = every_way;
    current.outputs = (size_t)desc.batch * (size_t)oracle_conv2d_out_height(&desc) *
                      (size_t)oracle_conv2d_out_width(&desc) * (size_t)desc.out_channels;
    current.x = make_floats(inputs);
    current.weights = make_floats(filter * (size_t)desc.out_channels);
    for (size_t i = 0; i < filter * (size_t)desc.out_channels; i++) {
        current.weights[i] *= (float)(2.0 / sqrt((double)filter)); /* sums below 1: tanh does not saturate */
    }
    current.bias = random_bits() % 4 != 0 ? make_floats((size_t)desc.out_channels) : NULL;
    current.sums = allocate(current.outputs * sizeof(double));
    convoy_conv2d_desc linear = desc;
    linear.activation = CONVOY_ACTIVATION_NONE;
    oracle_conv2d(&linear, current.x, current.weights, current.bias, current.sums, NULL);
    if (desc.input_layout == CONVOY_LAYOUT_NCHW) {
        float *planes = to_planes(&desc, current.x);
        free(current.x);
        current.x = planes;
    }
    for_each_isa(compare);
    free(current.x);
    free(current.weights);
    free(current.bias);
    free(current.sums);
}

static void test_networks(void) {
    for (int32_t layer = 1; layer <= 5; layer++) {
        convoy_conv2d_desc desc = affordable(alexnet_conv2d(layer, 1));
        desc.input_layout = layer == 1 ? CONVOY_LAYOUT_NCHW : CONVOY_LAYOUT_NHWC;
        test_case(desc, false);
    }
    for (int32_t layer = 1; layer <= 3; layer++) {
        test_case(lenet5_conv2d(layer, 7), true);
    }
}

/* Outputs 1 to 30 on one axis, 30 to 1 on the other: large tiles, small ones, both, and tiles cut short. */
static void test_extents(int32_t kernel) {
    for (int32_t extent = 1; extent <= 30; extent++) {
        convoy_conv2d_desc desc = conv2d_of(1, extent, 3, 5, kernel, 1, 0, CONVOY_ACTIVATION_NONE);
        desc.height = extent + kernel - 1;
        desc.width = 31 - extent + kernel - 1;
        test_case(desc, false);
    }
}

/* The workspace holds a few images at a time. */
static void test_rounds(void) {
    /* With fewest values, by 4 points: more than one micro-batch, or two, of 8 MiB. */
    convoy_conv2d_desc desc = conv2d_of(is_quick() ? 120 : 250, 17, 32, 4, 3, 1, 1, CONVOY_ACTIVATION_RELU);
    test_case(desc, true);
    for (int32_t points = 4; points <= 8; points += 2) {
        CHECK(plan_of(&desc, CONVOY_ISA_SCALAR, points, desc.batch).phases > (is_quick() ? 2 : 4));
    }
}

static int32_t channels_of_group(void) {
    static const int32_t channels[] = {1, 2, 3, 7, 8, 16, 17, 32, 33, 40};
    return channels[random_between(0, 9)];
}

/* The input that gives so many outputs, and what the stride leaves over; 0 where the padding alone would give more. */
static int32_t input_extent(int32_t outputs, int32_t kernel, int32_t stride, int32_t padding) {
    const int32_t extent = (outputs - 1) * stride + kernel - padding + random_between(0, stride - 1);
    return extent > 0 ? extent : 0;
}

static convoy_conv2d_desc random_shape(void) {
    convoy_conv2d_desc desc = conv2d_of(random_between(0, 1) == 0 ? 1 : 3, 0, 1, 1, 1, random_between(1, 4), 0,
                                        random_between(0, CONVOY_ACTIVATION_TANH));
    if (random_between(0, 1) == 0) {
        desc.stride_h = desc.stride_w = 1;
    }
    desc.groups = desc.stride_h == 1 && random_between(0, 2) == 0 ? random_between(2, 4) : 1;
    desc.in_channels = desc.groups * channels_of_group();
    desc.out_channels = desc.groups * channels_of_group();
    desc.kernel_h = random_between(desc.stride_h + 1, 7); /* two taps at least */
    desc.kernel_w = random_between(0, 1) == 0 ? desc.kernel_h : random_between(desc.stride_w + 1, 7);
    desc.input_layout = random_between(0, 1);
    int32_t *const pads[] = {&desc.pad_top, &desc.pad_left, &desc.pad_bottom, &desc.pad_right};
    for (size_t i = 0; i < 4; i++) {
        *pads[i] = random_between(0, 1) == 0 ? 0 : random_between(1, random_between(0, 3) == 0 ? 9 : 3);
    }
    desc.height = input_extent(random_between(1, 30), desc.kernel_h, desc.stride_h, desc.pad_top + desc.pad_bottom);
    desc.width = input_extent(random_between(1, 30), desc.kernel_w, desc.stride_w, desc.pad_left + desc.pad_right);
    return desc;
}

/* Multiply-adds, which decide how long the oracle takes. */
static double work_of(const convoy_conv2d_desc *desc) {
    return (double)desc->batch * oracle_conv2d_out_height(desc) * oracle_conv2d_out_width(desc) * desc->kernel_h *
           desc->kernel_w * desc->in_channels / desc->groups * desc->out_channels;
}

static void test_random(int32_t cases) {
    for (int32_t made = 0; made < cases;) {
        const convoy_conv2d_desc desc = random_shape();
        if (desc.height > 0 && desc.width > 0 && work_of(&desc) < 2e6) {
            test_case(desc, made % 3 == 0);
            made++;
        }
    }
}

/*
 * A NaN or an infinity in the second of three images: the others keep their bits, and so do its own outputs far from it
 * and those of the other group.
 */
static void check_spread(int32_t isa, float rare) {
    check_context("winograd %s: %f", convoy_isa_name(isa), (double)rare);
    convoy_conv2d_desc desc =
        conv2d_of(3, 20, 4, 6, 3, 1, 1, isnan(rare) ? CONVOY_ACTIVATION_RELU : CONVOY_ACTIVATION_NONE);
    desc.groups = 2;
    const size_t image_floats = 20 * 20 * 6;
    float *x = make_floats(3 * 20 * 20 * 4);
    float *weights = make_floats(6 * 2 * 9);
    float *clean = allocate(3 * image_floats * sizeof(float));
    float *y = allocate(3 * image_floats * sizeof(float));
    const convoy_plan plan = plan_of(&desc, isa, 0, 3);
    const operation operation = {.plan = &plan, .images = 3, .input = x, .weights = weights};
    run_operation(&operation, ONE_RANGE, clean);
    x[20 * 20 * 4] = rare; /* channel 0 of the second image's first pixel */
    run_operation(&operation, ONE_RANGE, y);
    check_same_bits(y, clean, image_floats);
    check_same_bits(y + 2 * image_floats, clean + 2 * image_floats, image_floats);
    for (size_t i = 0; i < image_floats; i++) {
        const size_t row = i / 6 / 20, column = i / 6 % 20, channel = i % 6;
        const size_t at = image_floats + i;
        if (row < 2 && column < 2 && channel < 3) {
            CHECK(isnan(rare) ? isnan(y[at]) : !isfinite(y[at]));
        } else if (row >= 8 || column >= 8 || channel >= 3) {
            check_same_bits(y + at, clean + at, 1);
        }
    }
    free(x);
    free(weights);
    free(clean);
    free(y);
}

static void nan_and_infinity_stay_in_their_tile(int32_t isa) {
    check_spread(isa, NAN);
    check_spread(isa, HUGE_VALF);
    check_spread(isa, -HUGE_VALF);
}

int main(void) {
    test_networks();
    test_extents(3);
    test_extents(5);
    test_rounds();
    test_random(random_cases(100));
    for_each_isa(nan_and_infinity_stay_in_their_tile);
    return check_summary();
}
