/*
 * Winograd convolution's numbers: every convolution of AlexNet and LeNet-5, all mixtures of tiles, and random shapes,
 * against the oracle; and that an image's output is the same bits however it is run.
 */
#include "answer.h"
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
    layer_data data; /* x: in the layout of the descriptor */
    answer sums;     /* expected, before the activation */
    bool every_way;
} current;

static convoy_plan plan_of(const convoy_conv2d_desc *current_desc, int32_t isa, int32_t points, int32_t batch) {
    convoy_conv2d_desc desc = *current_desc;
    convoy_plan plan = {.struct_size = sizeof plan};
    desc.header.isa = isa;
    desc.algorithm = CONVOY_ALGORITHM_WINOGRAD;
    desc.points = points;
    desc.header.batch = batch;
    CHECK_EQUAL(convoy_plan_conv2d(&desc, &plan), CONVOY_OK);
    CHECK_EQUAL(plan.algorithm, CONVOY_ALGORITHM_WINOGRAD);
    CHECK_EQUAL(plan.points, points);
    return plan;
}

/* Wider filters than points leave no outputs; 8 points are too many for 2 taps of a folded filter. */
static bool has_points(const convoy_conv2d_desc *desc, int32_t points) {
    const int32_t taps_h = (desc->window.kernel_h + desc->window.stride_h - 1) / desc->window.stride_h;
    const int32_t taps_w = (desc->window.kernel_w + desc->window.stride_w - 1) / desc->window.stride_w;
    return taps_h < points && taps_w < points &&
           (points < 8 || desc->window.stride_h == 1 || (taps_h > 2 && taps_w > 2));
}

/*
 * Relative to the norm before the activation, which magnifies no error; or, where padding or chance leaves that small,
 * to what it usually is: the inputs and weights are such that the mean square of a whole window's sum is 4/9.
 */
static double relative_error(const float *y) {
    const size_t channels = (size_t)current.desc.out_channels;
    double error = 0.0;
    double norm = 0.0;
    for (size_t i = 0; i < current.sums.count; i++) {
        const double difference = (double)y[i] - oracle_activation(current.sums.values[i], current.desc.activation,
                                                                   (double)current.data.slopes[i % channels]);
        error += difference * difference;
        norm += current.sums.values[i] * current.sums.values[i];
    }
    return sqrt(error / fmax(norm, 4.0 / 9.0 * (double)current.sums.count));
}

static void compare_points(int32_t isa, int32_t points) {
    const convoy_conv2d_desc *d = &current.desc;
    const convoy_plan plan = plan_of(d, isa, points, d->header.batch);
    const convoy_plan plan_of_one = plan_of(d, isa, points, 1);
    check_context("winograd %s, %d points: %d x %dx%dx%d -> %d, kernel %dx%d stride %d pad %d,%d,%d,%d groups %d "
                  "activation %d layout %d",
                  convoy_isa_name(isa), points, d->header.batch, d->input.height, d->input.width, d->input.channels,
                  d->out_channels, d->window.kernel_h, d->window.kernel_w, d->window.stride_h, d->window.pad_top,
                  d->window.pad_left, d->window.pad_bottom, d->window.pad_right, d->groups, d->activation.kind,
                  d->input_layout);
    const operation operation = operation_on(&current.data, &plan);
    float *y = allocate(current.sums.count * sizeof(float));
    if (current.every_way) {
        check_every_way(&operation, &plan_of_one, y);
    } else {
        run_operation(&operation, ONE_RANGE, y);
    }
    CHECK_AT_MOST(relative_error(y), allowed_error(points));
    free(y);
}

static void compare(int32_t isa) {
    for (int32_t points = 4; points <= 8; points += 2) {
        if (has_points(&current.desc, points)) {
            compare_points(isa, points);
        }
    }
}

static float *to_planes(const convoy_conv2d_desc *desc, const float *x) {
    const size_t pixels = (size_t)desc->input.height * (size_t)desc->input.width;
    const size_t channels = (size_t)desc->input.channels;
    float *planes = allocate((size_t)desc->header.batch * pixels * channels * sizeof(float));
    for (size_t image = 0; image < (size_t)desc->header.batch; image++) {
        for (size_t i = 0; i < pixels * channels; i++) {
            const size_t first = image * pixels * channels;
            planes[first + i % channels * pixels + i / channels] = x[first + i];
        }
    }
    return planes;
}

static void test_case(convoy_conv2d_desc desc, bool every_way) {
    const size_t inputs = (size_t)desc.header.batch * floats_of(desc.input);
    const size_t filter = (size_t)(desc.input.channels / desc.groups * desc.window.kernel_h * desc.window.kernel_w);
    current.desc = desc;
    current.every_way = every_way;
    const size_t channels = (size_t)desc.out_channels;
    current.data = make_data(inputs, filter * channels, channels, random_bits() % 4 != 0, false);
    for (size_t i = 0; i < filter * channels; i++) {
        current.data.weights[i] *= (float)(2.0 / sqrt((double)filter)); /* sums below 1: tanh does not saturate */
    }
    current.sums = make_answer((size_t)desc.header.batch * floats_of(oracle_conv2d_output(&desc)), true);
    convoy_conv2d_desc linear = desc;
    linear.activation.kind = CONVOY_ACTIVATION_NONE;
    oracle_conv2d(&linear, current.data.x, current.data.weights, current.data.bias, NULL, current.sums.values, NULL);
    if (desc.input_layout == CONVOY_LAYOUT_NCHW) {
        float *planes = to_planes(&desc, current.data.x);
        free(current.data.x);
        current.data.x = planes;
    }
    for_each_isa(compare);
    free_data(&current.data);
    free_answer(&current.sums);
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
        desc.input.height = extent + kernel - 1;
        desc.input.width = 31 - extent + kernel - 1;
        test_case(desc, false);
    }
}

/* The workspace holds a few images at a time. */
static void test_rounds(void) {
    /* With fewest values, by 4 points: more than one micro-batch, or two, of 8 MiB. */
    convoy_conv2d_desc desc = conv2d_of(is_quick() ? 120 : 250, 17, 32, 4, 3, 1, 1, CONVOY_ACTIVATION_RELU);
    test_case(desc, true);
    for (int32_t points = 4; points <= 8; points += 2) {
        CHECK(plan_of(&desc, CONVOY_ISA_SCALAR, points, desc.header.batch).phases > (is_quick() ? 2 : 4));
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
    convoy_conv2d_desc desc =
        conv2d_of(random_between(0, 1) == 0 ? 1 : 3, 0, 1, 1, 1, random_between(1, 4), 0, CONVOY_ACTIVATION_NONE);
    desc.activation = random_activation();
    if (random_between(0, 1) == 0) {
        desc.window.stride_h = desc.window.stride_w = 1;
    }
    desc.groups = desc.window.stride_h == 1 && random_between(0, 2) == 0 ? random_between(2, 4) : 1;
    desc.input.channels = desc.groups * channels_of_group();
    desc.out_channels = desc.groups * channels_of_group();
    desc.window.kernel_h = random_between(desc.window.stride_h + 1, 7); /* two taps at least */
    desc.window.kernel_w =
        random_between(0, 1) == 0 ? desc.window.kernel_h : random_between(desc.window.stride_w + 1, 7);
    desc.input_layout = random_between(0, 1);
    int32_t *const pads[] = {&desc.window.pad_top, &desc.window.pad_left, &desc.window.pad_bottom,
                             &desc.window.pad_right};
    for (size_t i = 0; i < 4; i++) {
        *pads[i] = random_between(0, 1) == 0 ? 0 : random_between(1, random_between(0, 3) == 0 ? 9 : 3);
    }
    desc.input.height = input_extent(random_between(1, 30), desc.window.kernel_h, desc.window.stride_h,
                                     desc.window.pad_top + desc.window.pad_bottom);
    desc.input.width = input_extent(random_between(1, 30), desc.window.kernel_w, desc.window.stride_w,
                                    desc.window.pad_left + desc.window.pad_right);
    return desc;
}

/* Multiply-adds, which decide how long the oracle takes. */
static double work_of(const convoy_conv2d_desc *desc) {
    return (double)desc->header.batch * (double)floats_of(oracle_conv2d_output(desc)) * desc->window.kernel_h *
           desc->window.kernel_w * desc->input.channels / desc->groups;
}

static void test_random(int32_t cases) {
    for (int32_t made = 0; made < cases;) {
        const convoy_conv2d_desc desc = random_shape();
        if (desc.input.height > 0 && desc.input.width > 0 && work_of(&desc) < 2e6) {
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
    const convoy_plan plan = plan_of(&desc, isa, 6, 3);
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
