/* Operators that pass over the data: normalisation, element-wise, softmax, padding, concat, copies in another order,
 * layout and type changes. */
#include "answer.h"
#include "check.h"
#include "layers.h"
#include "operation.h"
#include "oracle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

DEFINE_PLAN(lrn)
DEFINE_PLAN(binary)
DEFINE_PLAN(instance_norm)
DEFINE_PLAN(rearrange)
DEFINE_PLAN(pad2d)
DEFINE_PLAN(softmax)
DEFINE_PLAN(concat)
DEFINE_PLAN(transform)

enum { IMAGES = 3 };

/* Runs a plan for all images, and one for a single image, every way, and compares. */
static void check_pass(convoy_plan plan, convoy_plan plan_of_one, const layer_data *data, const answer *answer) {
    check_answer(&plan, &plan_of_one, data, answer);
}

/* Allows, of each value, so many units in the last place of a float; and at least this. */
static void allow(answer *answer, double units, double least) {
    for (size_t i = 0; i < answer->count; i++) {
        answer->tolerance[i] = fmax(ldexp(units * fabs(answer->values[i]), -23), least);
    }
}

static void test_lrn(int32_t isa) {
    static const float betas[] = {0.75f, 0.5f, 0.6f};
    static const int32_t sizes[] = {5, 1, 2, 4, 40};
    static const int32_t channels[] = {96, 19, 1};
    for (size_t i = 0; i < 90; i++) {
        const convoy_lrn_desc desc = {
            .header = {.struct_size = sizeof desc, .batch = IMAGES},
            .input = {5, 7, channels[i / 15 % 3]},
            .size = sizes[i / 3 % 5],
            .alpha = i % 2 == 0 ? 1e-4f : 2.0f,
            .beta = betas[i % 3],
            .k = i % 2 == 0 ? 2.0f : 1.0f,
            .alignment = i < 45 ? CONVOY_LRN_ALIGNMENT_ABOVE : CONVOY_LRN_ALIGNMENT_BELOW,
        };
        check_context("lrn %s: channels %d size %d beta %g alignment %d", convoy_isa_name(isa), desc.input.channels,
                      desc.size, (double)desc.beta, desc.alignment);
        const size_t count = IMAGES * floats_of(desc.input);
        layer_data data = {.x = make_floats(count)};
        data.x[count / 2] = NAN;
        data.x[count / 3] = HUGE_VALF;
        answer answer = make_answer(count, false);
        oracle_lrn(&desc, data.x, answer.values);
        allow(&answer, 16.0, 0.0);
        check_pass(plan_lrn(desc, isa, IMAGES), plan_lrn(desc, isa, 1), &data, &answer);
        free_data(&data);
        free_answer(&answer);
    }
}

/* Rare values on either side, so that each meets each. */
static void sprinkle(float *x, size_t count, size_t step) {
    static const float rare[] = {NAN, HUGE_VALF, -HUGE_VALF, 0.0f, -0.0f};
    for (size_t i = 0; i < count; i += step) {
        x[i] = rare[i / step % 5];
    }
}

static void compare_binary(convoy_binary_desc desc, int32_t isa) {
    const size_t channels = (size_t)desc.input.channels;
    const size_t count = IMAGES * floats_of(desc.input);
    const bool is_tensor = desc.operand == CONVOY_OPERAND_TENSOR;
    const bool is_scalar = desc.operand == CONVOY_OPERAND_SCALAR || desc.operand == CONVOY_OPERAND_IMAGE_SCALAR;
    const bool is_constant = desc.operand == CONVOY_OPERAND_SCALAR || desc.operand == CONVOY_OPERAND_CHANNELS;
    const size_t width = is_tensor ? count / IMAGES : is_scalar ? 1 : channels;
    check_context("binary %s: kind %d operand %d first %d activation %d channels %d", convoy_isa_name(isa), desc.kind,
                  desc.operand, desc.is_operand_first, desc.activation.kind, desc.input.channels);
    const size_t operands = is_constant ? width : IMAGES * width;
    layer_data data = {.x = make_floats(count)};
    float *operand = make_floats(operands);
    data.slopes = make_floats(channels);
    *(is_constant ? &data.bias : &data.x2) = operand;
    sprinkle(data.x, count, 3);
    sprinkle(operand, operands, is_tensor ? 7 : 11);
    operand[0] = 0.75f;
    answer answer = make_answer(count, false);
    for (size_t i = 0; i < count; i++) {
        const size_t image = is_constant ? 0 : i / (count / IMAGES) * width;
        const double other = (double)operand[image + (is_scalar ? 0 : i % (count / IMAGES) % width)];
        const double combined = desc.is_operand_first ? oracle_binary(other, (double)data.x[i], desc.kind)
                                                      : oracle_binary((double)data.x[i], other, desc.kind);
        answer.values[i] =
            oracle_activation((double)(float)combined, desc.activation, (double)data.slopes[i % channels]);
        answer.tolerance[i] =
            desc.activation.kind <= CONVOY_ACTIVATION_RELU ? 0.0 : ldexp(4.0 * fabs(answer.values[i]) + 1.0, -23);
    }
    if (desc.activation.kind <= CONVOY_ACTIVATION_RELU) {
        for (size_t i = 0; i < count; i++) {
            answer.values[i] = (double)(float)answer.values[i];
        }
    }
    const convoy_plan plan = plan_binary(desc, isa, IMAGES);
    check_pass(plan, plan_binary(desc, isa, 1), &data, &answer);

    /* In place: the output is the input, or a second one of its shape. */
    const uint64_t bytes = count * sizeof(float);
    float *output = is_tensor ? operand : data.x;
    const convoy_run_args args = {
        .struct_size = sizeof args,
        .images = IMAGES,
        .input = {data.x, bytes},
        .input2 = {data.x2, is_constant ? 0 : operands * sizeof(float)},
        .bias = {data.bias, is_constant ? operands * sizeof(float) : 0},
        .slopes = {data.slopes, channels * sizeof(float)},
        .output = {output, bytes},
    };
    CHECK_EQUAL(convoy_run(&plan, &args, 0, 0, plan.work_items), CONVOY_OK);
    check_floats(output, answer.values, answer.tolerance, count);
    free_data(&data);
    free_answer(&answer);
}

/* Every operator, operand and order; all activations come by in turn. */
static void test_binary(int32_t isa) {
    static const convoy_image shapes[] = {{1, 1, 7}, {13, 41, 67}, {5, 3, 1}, {40, 40, 3}};
    int32_t activation = 0;
    for (int32_t kind = CONVOY_BINARY_ADD; kind <= CONVOY_BINARY_MAXIMUM; kind++) {
        for (int32_t operand = CONVOY_OPERAND_TENSOR; operand < CONVOY_OPERAND_COUNT; operand++) {
            for (int32_t first = 0; first <= (operand != CONVOY_OPERAND_TENSOR); first++) {
                for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++, activation++) {
                    compare_binary(
                        (convoy_binary_desc){
                            .header = {.struct_size = sizeof(convoy_binary_desc)},
                            .input = shapes[i],
                            .kind = kind,
                            .operand = operand,
                            .is_operand_first = first,
                            .activation = {.kind = activation % CONVOY_ACTIVATION_COUNT, .alpha = 0.25f, .beta = 0.5f},
                        },
                        isa);
                }
            }
        }
    }
}

/* Every place of the output in turn, its indices counted up one by one. */
static void compare_rearrange(convoy_rearrange_desc desc, int32_t isa) {
    const convoy_axis *axes = desc.axes;
    int64_t outputs = 1;
    for (int32_t i = 0; i < desc.axis_count; i++) {
        outputs *= axes[i].extent;
    }
    layer_data data = {.x = make_floats(IMAGES * (size_t)desc.input_count)};
    answer answer = make_answer(IMAGES * (size_t)outputs, true);
    double *to = answer.values;
    for (int64_t image = 0; image < IMAGES; image++) {
        int64_t index[CONVOY_REARRANGE_AXES] = {0};
        for (int64_t at = 0; at < outputs; at++) {
            int64_t from = image * desc.input_count + desc.offset;
            for (int32_t i = 0; i < desc.axis_count; i++) {
                from += index[i] * axes[i].stride;
            }
            *to++ = (double)data.x[from];
            for (int32_t i = desc.axis_count - 1; i >= 0 && ++index[i] == axes[i].extent; i--) {
                index[i] = 0;
            }
        }
    }
    check_pass(plan_rearrange(desc, isa, IMAGES), plan_rearrange(desc, isa, 1), &data, &answer);
    free_data(&data);
    free_answer(&answer);
}

/* Any axes: some of one, some that repeat, run backwards, or continue their neighbours. */
static void test_any_rearrange(int32_t isa) {
    for (int32_t i = 0; i < random_cases(120); i++) {
        convoy_rearrange_desc desc = {
            .header = {.struct_size = sizeof desc},
            .axis_count = random_between(1, CONVOY_REARRANGE_AXES),
        };
        int64_t reach = 0;
        int64_t joined = random_between(1, 3);
        for (int32_t axis = desc.axis_count - 1; axis >= 0; axis--) {
            const int64_t extent = random_between(1, desc.axis_count < 4 ? 40 : 5);
            const int64_t stride = random_between(0, 2) == 0 ? joined : random_between(-7, 7);
            desc.axes[axis] = (convoy_axis){.extent = extent, .stride = stride};
            desc.offset += stride < 0 ? (extent - 1) * -stride : 0;
            reach += (extent - 1) * (stride < 0 ? -stride : stride);
            joined = extent * stride;
        }
        desc.input_count = reach + 1 + random_between(0, 3);
        check_context("rearrange %s: %d axes, the first %d by %d", convoy_isa_name(isa), desc.axis_count,
                      (int)desc.axes[0].extent, (int)desc.axes[0].stride);
        compare_rearrange(desc, isa);
    }
}

/* What layers make of it, at sizes of more than one work item. */
static void test_rearrange(int32_t isa) {
    const convoy_rearrange_desc cases[] = {
        {.axis_count = 3, .input_count = 64 * 30 * 31, .axes = {{64, 1}, {30, 31 * 64}, {31, 64}}}, /* flatten */
        {.axis_count = 3, .input_count = 64 * 30 * 31, .axes = {{30, 31}, {31, 1}, {64, 30 * 31}}}, /* and back */
        {.axis_count = 2, .input_count = 5 * 9000, .offset = 4, .axes = {{9000, 5}, {2, -3}}},      /* a slice */
        {.axis_count = 5, .input_count = 40 * 30 * 16, .axes = {{40, 480}, {2, 0}, {30, 16}, {2, 0}, {16, 1}}},
        {.axis_count = 5, .input_count = 40 * 30 * 12, .axes = {{40, 360}, {2, 2}, {30, 12}, {2, 1}, {3, 4}}},
        {.axis_count = 6, .input_count = 40000, .axes = {{1, 0}, {1, 9}, {100, 400}, {1, -5}, {400, 1}, {1, 0}}},
        {.axis_count = 1, .input_count = 1, .axes = {{30000, 0}}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        check_context("rearrange %s: case %zu", convoy_isa_name(isa), i);
        convoy_rearrange_desc desc = cases[i];
        desc.header.struct_size = sizeof desc;
        compare_rearrange(desc, isa);
    }
}

/* Two passes over the channel, in double precision; one of them is the same number everywhere. */
static void oracle_instance_norm(const convoy_instance_norm_desc *d, const layer_data *data, answer *answer) {
    const size_t channels = (size_t)d->input.channels;
    const size_t pixels = floats_of(d->input) / channels;
    for (size_t i = 0; i < IMAGES * channels; i++) {
        const size_t c = i % channels;
        const size_t first = i / channels * pixels * channels + c;
        double mean = 0.0, variance = 0.0;
        for (size_t p = 0; p < pixels; p++) {
            mean += (double)data->x[first + p * channels] / (double)pixels;
        }
        for (size_t p = 0; p < pixels; p++) {
            variance += pow((double)data->x[first + p * channels] - mean, 2.0) / (double)pixels;
        }
        const double gain = (double)data->weights[c] / sqrt(variance + (double)d->epsilon);
        for (size_t p = 0; p < pixels; p++) {
            const double distance = (double)data->x[first + p * channels] - mean;
            const double y = distance * gain + (double)data->bias[c];
            answer->values[first + p * channels] = oracle_activation(y, d->activation, (double)data->slopes[c]);
            answer->tolerance[first + p * channels] = ldexp(8.0 * (fabs(distance * gain) + 1.0), -23);
        }
    }
}

static void test_instance_norm(int32_t isa) {
    static const convoy_image shapes[] = {{1, 1, 7}, {13, 41, 67}, {5, 3, 1}, {100, 97, 3}, {2, 2, 300}};
    for (int32_t i = 0; i < 3 * CONVOY_ACTIVATION_COUNT; i++) {
        const convoy_instance_norm_desc desc = {
            .header = {.struct_size = sizeof desc},
            .input = shapes[i % 5],
            .epsilon = i % 2 == 0 ? 1e-5f : 0.5f,
            .activation = {.kind = i % CONVOY_ACTIVATION_COUNT, .alpha = 0.25f, .beta = 0.5f},
        };
        check_context("instance norm %s: shape %d activation %d", convoy_isa_name(isa), i % 5, desc.activation.kind);
        const size_t channels = (size_t)desc.input.channels;
        const size_t count = IMAGES * floats_of(desc.input);
        layer_data data = make_data(count, channels, channels, true, false);
        for (size_t j = 0; j < count; j++) {
            data.x[j] = j % channels == channels / 2 ? 0.3f : 40.0f * (float)(j % channels % 5) + data.x[j];
        }
        answer answer = make_answer(count, false);
        oracle_instance_norm(&desc, &data, &answer);
        check_pass(plan_instance_norm(desc, isa, IMAGES), plan_instance_norm(desc, isa, 1), &data, &answer);
        free_data(&data);
        free_answer(&answer);
    }
}

/* A NaN or an infinity makes all of its channel in its image NaN, and nothing else. */
static void test_instance_norm_of_rare_numbers(int32_t isa) {
    const convoy_instance_norm_desc desc = {
        .header = {.struct_size = sizeof desc}, .input = {9, 7, 5}, .epsilon = 1e-5f};
    const size_t image = floats_of(desc.input);
    layer_data data = make_data(IMAGES * image, 5, 5, true, false);
    answer answer = make_answer(IMAGES * image, false);
    data.x[image + 1] = NAN;
    data.x[image + 5 * 30 + 2] = NAN;
    data.x[3] = HUGE_VALF;
    data.x[image + 5 * 20 + 4] = -HUGE_VALF;
    check_context("instance norm %s: NaN and infinity", convoy_isa_name(isa));
    oracle_instance_norm(&desc, &data, &answer);
    check_pass(plan_instance_norm(desc, isa, IMAGES), plan_instance_norm(desc, isa, 1), &data, &answer);
    free_data(&data);
    free_answer(&answer);
}

static void test_pad2d(int32_t isa) {
    for (int32_t i = 0; i < 40; i++) {
        const convoy_pad2d_desc desc = {
            .header = {.struct_size = sizeof desc},
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
        layer_data data = {.x = make_floats(IMAGES * floats_of(desc.input))};
        answer answer = make_answer(IMAGES * (size_t)(height * width * channels), true);
        double *to = answer.values;
        for (int32_t row = 0; row < IMAGES * height; row++) {
            for (int32_t at = 0; at < width * channels; at++) {
                const int32_t y = row % height - desc.pad_top;
                const int32_t column = at / channels - desc.pad_left;
                const bool is_inside = y >= 0 && y < desc.input.height && column >= 0 && column < desc.input.width;
                const int32_t from = (row / height * desc.input.height + y) * desc.input.width + column;
                *to++ = (double)(is_inside ? data.x[from * channels + at % channels] : desc.value);
            }
        }
        check_pass(plan_pad2d(desc, isa, IMAGES), plan_pad2d(desc, isa, 1), &data, &answer);
        free_data(&data);
        free_answer(&answer);
    }
}

static void test_softmax(int32_t isa) {
    static const int32_t channels[] = {10, 1000, 1, 33};
    for (int32_t i = 0; i < 8; i++) {
        const bool is_log = i % 2 != 0;
        const convoy_softmax_desc desc = {
            .header = {.struct_size = sizeof desc, .batch = IMAGES},
            .input = {2, 3, channels[i / 2]},
            .kind = is_log ? CONVOY_SOFTMAX_LOG : CONVOY_SOFTMAX_PLAIN,
        };
        check_context("softmax %s: kind %d channels %d", convoy_isa_name(isa), desc.kind, desc.input.channels);
        const size_t row = (size_t)desc.input.channels;
        const size_t count = IMAGES * floats_of(desc.input);
        layer_data data = {.x = make_floats(count)};
        for (size_t j = 0; j < count; j++) {
            data.x[j] *= j / row % 2 == 0 ? 5.0f : 500.0f;
        }
        answer answer = make_answer(count, false);
        oracle_softmax(&desc, data.x, answer.values);
        /* Rows that have no probabilities: NaN, +infinity, and -infinity alone. */
        for (size_t j = 0; j < row; j++) {
            data.x[2 * row + j] = -HUGE_VALF;
            answer.values[j] = answer.values[row + j] = answer.values[2 * row + j] = NAN;
        }
        data.x[row / 2] = NAN;
        data.x[row + row / 3] = HUGE_VALF;
        /* The difference x - max is rounded before the exponential: an error of 500 * 2^-24, relative. */
        allow(&answer, is_log ? 1.0 : 600.0, is_log ? 1e-6 : 1e-37);
        check_pass(plan_softmax(desc, isa, IMAGES), plan_softmax(desc, isa, 1), &data, &answer);
        free_data(&data);
        free_answer(&answer);
    }
}

/* The channels of the other inputs must keep what they hold, here the NaN outputs are filled with. */
static void test_concat(int32_t isa) {
    const convoy_concat_desc desc = {
        .header = {.struct_size = sizeof desc},
        .input = {9, 300, 7},
        .out_channels = 24,
        .channel_offset = 5,
    };
    check_context("concat %s", convoy_isa_name(isa));
    const size_t pixels = IMAGES * 9 * 300;
    layer_data data = {.x = make_floats(pixels * 7)};
    answer answer = make_answer(pixels * 24, true);
    for (size_t p = 0; p < pixels; p++) {
        for (size_t c = 0; c < 24; c++) {
            answer.values[p * 24 + c] = c >= 5 && c < 12 ? (double)data.x[p * 7 + c - 5] : (double)NAN;
        }
    }
    check_pass(plan_concat(desc, isa, IMAGES), plan_concat(desc, isa, 1), &data, &answer);
    free_data(&data);
    free_answer(&answer);
}

static void test_layouts(int32_t isa) {
    static const convoy_image shapes[] = {{227, 227, 3}, {28, 28, 1}, {1, 1, 37}, {17, 13, 50}, {5, 1, 2000}};
    for (size_t i = 0; i < 10; i++) {
        const convoy_image shape = shapes[i / 2];
        const convoy_transform_desc desc = {
            .header = {.struct_size = sizeof desc},
            .input = shape,
            .kind = (int32_t)(i % 2),
        };
        check_context("transform %s: kind %d, %dx%dx%d", convoy_isa_name(isa), desc.kind, shape.height, shape.width,
                      shape.channels);
        const size_t pixels = (size_t)shape.height * (size_t)shape.width;
        const size_t channels = (size_t)shape.channels;
        const size_t count = IMAGES * pixels * channels;
        layer_data data = {.x = make_floats(count)};
        answer answer = make_answer(count, true);
        for (size_t j = 0; j < count; j++) {
            const size_t image = j / (pixels * channels) * pixels * channels;
            const size_t p = j % (pixels * channels) / channels;
            const size_t c = j % channels;
            if (desc.kind == CONVOY_TRANSFORM_NCHW_TO_NHWC) {
                answer.values[j] = (double)data.x[image + c * pixels + p];
            } else {
                answer.values[image + c * pixels + p] = (double)data.x[j];
            }
        }
        check_pass(plan_transform(desc, isa, IMAGES), plan_transform(desc, isa, 1), &data, &answer);
        free_data(&data);
        free_answer(&answer);
    }
}

static void test_bytes(int32_t isa) {
    static const int32_t channels[] = {3, 1, 4, 300};
    for (size_t i = 0; i < 4; i++) {
        const size_t shifts = (size_t)channels[i];
        const convoy_transform_desc desc = {
            .header = {.struct_size = sizeof desc},
            .input = {227, 61, channels[i]},
            .kind = CONVOY_TRANSFORM_BYTES_TO_FLOATS,
        };
        check_context("bytes to floats %s: channels %d", convoy_isa_name(isa), desc.input.channels);
        const size_t count = IMAGES * floats_of(desc.input);
        layer_data data = {.x = allocate(count), .bias = make_floats(2 * shifts)};
        uint8_t *x = (uint8_t *)data.x;
        answer answer = make_answer(count, false);
        for (size_t j = 0; j < count; j++) {
            const size_t c = j % shifts;
            x[j] = (uint8_t)random_bits();
            answer.values[j] = (double)x[j] * (double)data.bias[c] + (double)data.bias[shifts + c];
            answer.tolerance[j] = ldexp(2.0 * (double)x[j] + 2.0, -24); /* half an ulp of the product and of the sum */
        }
        const convoy_plan plan = plan_transform(desc, isa, IMAGES);
        CHECK_EQUAL((int64_t)plan.bias_count, 2 * channels[i]);
        CHECK_EQUAL((int64_t)plan.input_image_bytes * IMAGES, (int64_t)count);
        check_pass(plan, plan_transform(desc, isa, 1), &data, &answer);
        free_data(&data);
        free_answer(&answer);
    }
}

int main(void) {
    for_each_isa(test_lrn);
    for_each_isa(test_binary);
    for_each_isa(test_any_rearrange);
    for_each_isa(test_rearrange);
    for_each_isa(test_instance_norm);
    for_each_isa(test_instance_norm_of_rare_numbers);
    for_each_isa(test_pad2d);
    for_each_isa(test_softmax);
    for_each_isa(test_concat);
    for_each_isa(test_layouts);
    for_each_isa(test_bytes);
    return check_summary();
}
