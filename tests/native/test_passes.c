/* Operators that pass once over the data: normalisation, element-wise, softmax, padding, concat, layout and type
 * changes. */
#include "check.h"
#include "operation.h"
#include "oracle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Plans desc for a batch and for one image, runs it every way, compares, and frees y. */
#define PLAN(name, desc, batch_of, plan)                                                                               \
    do {                                                                                                               \
        (desc).header.batch = (batch_of);                                                                              \
        CHECK_EQUAL(convoy_plan_##name(&(desc), &(plan)), CONVOY_OK);                                                  \
    } while (0)

static void compare(const convoy_plan *plan, const convoy_plan *plan_of_one, const operation *planless,
                    const double *expected, const double *tolerance) {
    const size_t outputs = (size_t)planless->images * plan->output_image_bytes / sizeof(float);
    operation operation = *planless;
    operation.plan = plan;
    float *y = allocate(outputs * sizeof(float));
    check_every_way(&operation, plan_of_one, y);
    check_floats(y, expected, tolerance, outputs);
    free(y);
}

/* Of each expected value, so many units in the last place of a float; and at least this. */
static double *tolerances(const double *expected, size_t count, double units, double least) {
    double *tolerance = allocate(count * sizeof(double));
    for (size_t i = 0; i < count; i++) {
        tolerance[i] = fmax(ldexp(units * fabs(expected[i]), -23), least);
    }
    return tolerance;
}

static void test_lrn(int32_t isa) {
    static const float betas[] = {0.75f, 0.5f, 0.6f};
    static const int32_t sizes[] = {5, 1, 4, 40};
    static const int32_t channels[] = {96, 19, 1};
    for (size_t i = 0; i < 36; i++) {
        convoy_lrn_desc desc = {.header.struct_size = sizeof desc,
                                .header.isa = isa,
                                .header.batch = 3,
                                .input.height = 5,
                                .input.width = 7,
                                .input.channels = channels[i / 12],
                                .size = sizes[i / 3 % 4],
                                .alpha = i % 2 == 0 ? 1e-4f : 2.0f,
                                .beta = betas[i % 3],
                                .k = i % 2 == 0 ? 2.0f : 1.0f};
        check_context("lrn %s: channels %d size %d beta %g", convoy_isa_name(isa), desc.input.channels, desc.size,
                      (double)desc.beta);
        const size_t count = 3 * 35 * (size_t)desc.input.channels;
        float *x = make_floats(count);
        x[count / 2] = NAN;
        x[count / 3] = HUGE_VALF;
        double *expected = allocate(count * sizeof(double));
        oracle_lrn(&desc, x, expected);
        double *tolerance = tolerances(expected, count, 16.0, 0.0);
        convoy_plan plan = {.struct_size = sizeof plan}, plan_of_one = plan;
        PLAN(lrn, desc, 3, plan);
        PLAN(lrn, desc, 1, plan_of_one);
        compare(&plan, &plan_of_one, &(operation){.images = 3, .input = x}, expected, tolerance);
        free(x);
        free(expected);
        free(tolerance);
    }
}

/* Rare values on either side, so that each meets each. */
static void sprinkle(float *x, size_t count, size_t step) {
    static const float rare[] = {NAN, HUGE_VALF, -HUGE_VALF, 0.0f, -0.0f};
    for (size_t i = 0; i < count; i += step) {
        x[i] = rare[i / step % 5];
    }
}

static void compare_binary(convoy_binary_desc desc) {
    const size_t channels = (size_t)desc.input.channels;
    const size_t count = 3 * (size_t)desc.input.height * (size_t)desc.input.width * channels;
    const bool is_tensor = desc.operand == CONVOY_OPERAND_TENSOR;
    const size_t constants = desc.operand == CONVOY_OPERAND_SCALAR ? 1 : channels;
    check_context("binary %s: kind %d operand %d first %d activation %d channels %d", convoy_isa_name(desc.header.isa),
                  desc.kind, desc.operand, desc.is_operand_first, desc.activation.kind, desc.input.channels);
    float *x = make_floats(count);
    float *operand = make_floats(is_tensor ? count : constants);
    float *slopes = make_floats(channels);
    sprinkle(x, count, 3);
    sprinkle(operand, is_tensor ? count : constants, is_tensor ? 7 : 11);
    operand[0] = 0.75f;
    double *expected = allocate(count * sizeof(double));
    double *tolerance = allocate(count * sizeof(double));
    for (size_t i = 0; i < count; i++) {
        const double other = (double)operand[is_tensor ? i : constants == 1 ? 0 : i % channels];
        const double combined = desc.is_operand_first ? oracle_binary(other, (double)x[i], desc.kind)
                                                      : oracle_binary((double)x[i], other, desc.kind);
        expected[i] = oracle_activation((double)(float)combined, desc.activation, (double)slopes[i % channels]);
        tolerance[i] = desc.activation.kind <= CONVOY_ACTIVATION_RELU ? 0.0 : ldexp(4.0 * fabs(expected[i]) + 1.0, -23);
    }
    if (desc.activation.kind <= CONVOY_ACTIVATION_RELU) {
        for (size_t i = 0; i < count; i++) {
            expected[i] = (double)(float)expected[i];
        }
    }
    convoy_plan plan = {.struct_size = sizeof plan}, plan_of_one = plan;
    PLAN(binary, desc, 3, plan);
    PLAN(binary, desc, 1, plan_of_one);
    const operation operation = {
        .images = 3,
        .input = x,
        .input2 = is_tensor ? operand : NULL,
        .bias = is_tensor ? NULL : operand,
        .slopes = slopes,
    };
    compare(&plan, &plan_of_one, &operation, expected, tolerance);

    /* In place: the output is the input, or the second one. */
    const uint64_t bytes = count * sizeof(float);
    float *output = is_tensor ? operand : x;
    const convoy_run_args args = {
        .struct_size = sizeof args,
        .images = 3,
        .input = {x, bytes},
        .input2 = {is_tensor ? operand : NULL, is_tensor ? bytes : 0},
        .bias = {is_tensor ? NULL : operand, is_tensor ? 0 : constants * sizeof(float)},
        .slopes = {slopes, channels * sizeof(float)},
        .output = {output, bytes},
    };
    CHECK_EQUAL(convoy_run(&plan, &args, 0, 0, plan.work_items), CONVOY_OK);
    check_floats(output, expected, tolerance, count);
    free(x);
    free(operand);
    free(slopes);
    free(expected);
    free(tolerance);
}

/* Every operator, operand and order; all activations come by in turn. */
static void test_binary(int32_t isa) {
    static const convoy_image shapes[] = {{1, 1, 7}, {13, 41, 67}, {5, 3, 1}, {40, 40, 3}};
    int32_t activation = 0;
    for (int32_t kind = CONVOY_BINARY_ADD; kind <= CONVOY_BINARY_MAXIMUM; kind++) {
        for (int32_t operand = CONVOY_OPERAND_TENSOR; operand <= CONVOY_OPERAND_CHANNELS; operand++) {
            for (int32_t first = 0; first <= (operand != CONVOY_OPERAND_TENSOR); first++) {
                for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++, activation++) {
                    compare_binary((convoy_binary_desc){
                        .header = {.struct_size = sizeof(convoy_binary_desc), .isa = isa},
                        .input = shapes[i],
                        .kind = kind,
                        .operand = operand,
                        .is_operand_first = first,
                        .activation = {.kind = activation % CONVOY_ACTIVATION_COUNT, .alpha = 0.25f, .beta = 0.5f},
                    });
                }
            }
        }
    }
}

static void test_depth_to_space(int32_t isa) {
    for (int32_t i = 0; i < 40; i++) {
        const int32_t block = random_between(1, 4);
        const int32_t out_channels = random_between(1, 20);
        convoy_depth_to_space_desc desc = {
            .header = {.struct_size = sizeof desc, .isa = isa},
            .input = {random_between(1, 7), random_between(1, 7), out_channels * block * block},
            .block = block,
            .is_channel_major = i % 2,
        };
        const int32_t height = desc.input.height, width = desc.input.width, channels = desc.input.channels;
        check_context("depth to space %s: %dx%dx%d by %d", convoy_isa_name(isa), height, width, channels, block);
        float *x = make_floats(3 * (size_t)(height * width * channels));
        double *expected = allocate(3 * (size_t)(height * width * channels) * sizeof(double));
        for (int32_t at = 0; at < 3 * height * width * channels; at++) {
            const int32_t k = at % channels, column = at / channels % width, row = at / channels / width;
            const int32_t place = desc.is_channel_major ? k % (block * block) : k / out_channels;
            const int32_t c = desc.is_channel_major ? k / (block * block) : k % out_channels;
            const int32_t to_row = row * block + place / block, to_column = column * block + place % block;
            expected[(to_row * width * block + to_column) * out_channels + c] = (double)x[at];
        }
        convoy_plan plan = {.struct_size = sizeof plan}, plan_of_one = plan;
        PLAN(depth_to_space, desc, 3, plan);
        PLAN(depth_to_space, desc, 1, plan_of_one);
        compare(&plan, &plan_of_one, &(operation){.images = 3, .input = x}, expected, NULL);
        free(x);
        free(expected);
    }
}

static void test_pad2d(int32_t isa) {
    for (int32_t i = 0; i < 40; i++) {
        convoy_pad2d_desc desc = {
            .header = {.struct_size = sizeof desc, .isa = isa},
            .input = {random_between(1, 9), random_between(1, 9), random_between(1, 70)},
            .pad_top = random_between(0, 3),
            .pad_left = random_between(0, 3),
            .pad_bottom = random_between(0, 3),
            .pad_right = random_between(0, 3),
            .value = i % 5 == 0 ? -HUGE_VALF : random_float(),
        };
        const int32_t height = desc.pad_top + desc.input.height + desc.pad_bottom;
        const int32_t width = desc.pad_left + desc.input.width + desc.pad_right;
        const int32_t channels = desc.input.channels;
        check_context("pad2d %s: %dx%dx%d to %dx%d", convoy_isa_name(isa), desc.input.height, desc.input.width,
                      channels, height, width);
        float *x = make_floats(3 * (size_t)(desc.input.height * desc.input.width * channels));
        double *expected = allocate(3 * (size_t)(height * width * channels) * sizeof(double));
        double *to = expected;
        for (int32_t row = 0; row < 3 * height; row++) {
            for (int32_t at = 0; at < width * channels; at++) {
                const int32_t y = row % height - desc.pad_top;
                const int32_t column = at / channels - desc.pad_left;
                const bool is_inside = y >= 0 && y < desc.input.height && column >= 0 && column < desc.input.width;
                const int32_t from = (row / height * desc.input.height + y) * desc.input.width + column;
                *to++ = (double)(is_inside ? x[from * channels + at % channels] : desc.value);
            }
        }
        convoy_plan plan = {.struct_size = sizeof plan}, plan_of_one = plan;
        PLAN(pad2d, desc, 3, plan);
        PLAN(pad2d, desc, 1, plan_of_one);
        compare(&plan, &plan_of_one, &(operation){.images = 3, .input = x}, expected, NULL);
        free(x);
        free(expected);
    }
}

static void test_softmax(int32_t isa) {
    static const int32_t channels[] = {10, 1000, 1, 33};
    for (int32_t i = 0; i < 8; i++) {
        const bool is_log = i % 2 != 0;
        convoy_softmax_desc desc = {
            .header = {.struct_size = sizeof desc, .isa = isa, .batch = 3},
            .input = {2, 3, channels[i / 2]},
            .kind = is_log ? CONVOY_SOFTMAX_LOG : CONVOY_SOFTMAX_PLAIN,
        };
        check_context("softmax %s: kind %d channels %d", convoy_isa_name(isa), desc.kind, desc.input.channels);
        const size_t row = (size_t)desc.input.channels;
        const size_t count = 18 * row;
        float *x = make_floats(count);
        for (size_t j = 0; j < count; j++) {
            x[j] *= j / row % 2 == 0 ? 5.0f : 500.0f;
        }
        double *expected = allocate(count * sizeof(double));
        oracle_softmax(&desc, x, expected);
        /* Rows that have no probabilities: NaN, +infinity, and -infinity alone. */
        for (size_t j = 0; j < row; j++) {
            x[2 * row + j] = -HUGE_VALF;
            expected[j] = expected[row + j] = expected[2 * row + j] = NAN;
        }
        x[row / 2] = NAN;
        x[row + row / 3] = HUGE_VALF;
        /* The difference x - max is rounded before the exponential: an error of 500 * 2^-24, relative. */
        double *tolerance = tolerances(expected, count, is_log ? 1.0 : 600.0, is_log ? 1e-6 : 1e-37);
        convoy_plan plan = {.struct_size = sizeof plan}, plan_of_one = plan;
        PLAN(softmax, desc, 3, plan);
        PLAN(softmax, desc, 1, plan_of_one);
        compare(&plan, &plan_of_one, &(operation){.images = 3, .input = x}, expected, tolerance);
        free(x);
        free(expected);
        free(tolerance);
    }
}

/* The channels of the other inputs must keep what they hold, here the NaN outputs are filled with. */
static void test_concat(int32_t isa) {
    convoy_concat_desc desc = {.header.struct_size = sizeof desc,
                               .header.isa = isa,
                               .input.height = 9,
                               .input.width = 300,
                               .input.channels = 7,
                               .out_channels = 24,
                               .channel_offset = 5};
    check_context("concat %s", convoy_isa_name(isa));
    const size_t pixels = 3 * 9 * 300;
    float *x = make_floats(pixels * 7);
    double *expected = allocate(pixels * 24 * sizeof(double));
    for (size_t p = 0; p < pixels; p++) {
        for (size_t c = 0; c < 24; c++) {
            expected[p * 24 + c] = c >= 5 && c < 12 ? (double)x[p * 7 + c - 5] : (double)NAN;
        }
    }
    convoy_plan plan = {.struct_size = sizeof plan}, plan_of_one = plan;
    PLAN(concat, desc, 3, plan);
    PLAN(concat, desc, 1, plan_of_one);
    compare(&plan, &plan_of_one, &(operation){.images = 3, .input = x}, expected, NULL);
    free(x);
    free(expected);
}

static void test_layouts(int32_t isa) {
    static const int32_t shapes[][3] = {{227, 227, 3}, {28, 28, 1}, {1, 1, 37}, {17, 13, 50}, {5, 1, 2000}};
    for (size_t i = 0; i < 10; i++) {
        const int32_t *shape = shapes[i / 2];
        convoy_transform_desc desc = {.header.struct_size = sizeof desc,
                                      .header.isa = isa,
                                      .kind = (int32_t)(i % 2),
                                      .input.height = shape[0],
                                      .input.width = shape[1],
                                      .input.channels = shape[2]};
        check_context("transform %s: kind %d, %dx%dx%d", convoy_isa_name(isa), desc.kind, shape[0], shape[1], shape[2]);
        const size_t pixels = (size_t)shape[0] * (size_t)shape[1];
        const size_t channels = (size_t)shape[2];
        const size_t count = 3 * pixels * channels;
        float *x = make_floats(count);
        double *expected = allocate(count * sizeof(double));
        for (size_t j = 0; j < count; j++) {
            const size_t image = j / (pixels * channels) * pixels * channels;
            const size_t p = j % (pixels * channels) / channels;
            const size_t c = j % channels;
            if (desc.kind == CONVOY_TRANSFORM_NCHW_TO_NHWC) {
                expected[j] = (double)x[image + c * pixels + p];
            } else {
                expected[image + c * pixels + p] = (double)x[j];
            }
        }
        convoy_plan plan = {.struct_size = sizeof plan}, plan_of_one = plan;
        PLAN(transform, desc, 3, plan);
        PLAN(transform, desc, 1, plan_of_one);
        compare(&plan, &plan_of_one, &(operation){.images = 3, .input = x}, expected, NULL);
        free(x);
        free(expected);
    }
}

static void test_bytes(int32_t isa) {
    static const int32_t channels[] = {3, 1, 4, 300};
    for (size_t i = 0; i < 4; i++) {
        convoy_transform_desc desc = {.header.struct_size = sizeof desc,
                                      .header.isa = isa,
                                      .kind = CONVOY_TRANSFORM_BYTES_TO_FLOATS,
                                      .input.height = 227,
                                      .input.width = 61,
                                      .input.channels = channels[i]};
        check_context("bytes to floats %s: channels %d", convoy_isa_name(isa), desc.input.channels);
        const size_t count = 3 * 227 * 61 * (size_t)channels[i];
        uint8_t *x = allocate(count);
        float *scale_and_shift = make_floats(2 * (size_t)channels[i]);
        double *expected = allocate(count * sizeof(double));
        double *tolerance = allocate(count * sizeof(double));
        for (size_t j = 0; j < count; j++) {
            const size_t c = j % (size_t)channels[i];
            x[j] = (uint8_t)random_bits();
            expected[j] = (double)x[j] * (double)scale_and_shift[c] + (double)scale_and_shift[(size_t)channels[i] + c];
            tolerance[j] = ldexp(2.0 * (double)x[j] + 2.0, -24); /* half an ulp of the product and of the sum */
        }
        convoy_plan plan = {.struct_size = sizeof plan}, plan_of_one = plan;
        PLAN(transform, desc, 3, plan);
        PLAN(transform, desc, 1, plan_of_one);
        CHECK_EQUAL((int64_t)plan.bias_count, 2 * channels[i]);
        CHECK_EQUAL((int64_t)plan.input_image_bytes * 3, (int64_t)count);
        compare(&plan, &plan_of_one, &(operation){.images = 3, .input = x, .bias = scale_and_shift}, expected,
                tolerance);
        free(x);
        free(scale_and_shift);
        free(expected);
        free(tolerance);
    }
}

int main(void) {
    for_each_isa(test_lrn);
    for_each_isa(test_binary);
    for_each_isa(test_depth_to_space);
    for_each_isa(test_pad2d);
    for_each_isa(test_softmax);
    for_each_isa(test_concat);
    for_each_isa(test_layouts);
    for_each_isa(test_bytes);
    return check_summary();
}
