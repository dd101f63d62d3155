/*
 * A convolution that adds a feature map before its activation, as at the end of a residual block: what the oracle makes
 * of it, and the bits of the convolution and of the addition by themselves, by every algorithm and however it is run.
 */
#include "answer.h"
#include "check.h"
#include "layers.h"
#include "operation.h"
#include "oracle.h"

#include <math.h>
#include <stdlib.h>

static struct {
    convoy_conv2d_desc desc;
    layer_data data;               /* x2: the residual */
    answer sums;                   /* expected, before the activation */
    int32_t compared, unsupported; /* of WINOGRAD's, whose points do not suit every filter */
} current;

static int32_t status_of(convoy_conv2d_desc desc, int32_t isa, int32_t batch, convoy_plan *plan) {
    desc.header.isa = isa;
    desc.header.batch = batch;
    *plan = (convoy_plan){.struct_size = sizeof *plan};
    return convoy_plan_conv2d(&desc, plan);
}

static double allowed_error(const convoy_conv2d_desc *desc) {
    return desc->algorithm == CONVOY_ALGORITHM_DIRECT || desc->points == 4 ? 1e-6 : desc->points == 6 ? 4e-6 : 1e-5;
}

/* Relative to the norm before the activation, or to what it usually is: test_winograd.c has why. */
static double relative_error(const float *y) {
    const size_t channels = (size_t)current.desc.out_channels;
    double error = 0.0;
    double norm = 0.0;
    for (size_t i = 0; i < current.sums.count; i++) {
        const double expected = oracle_activation(current.sums.values[i], current.desc.activation,
                                                  (double)current.data.slopes[i % channels]);
        error += ((double)y[i] - expected) * ((double)y[i] - expected);
        norm += current.sums.values[i] * current.sums.values[i];
    }
    return sqrt(error / fmax(norm, 4.0 / 9.0 * (double)current.sums.count));
}

/* The convolution alone, and behind it the operator that adds. */
static void add_by_itself(convoy_conv2d_desc desc, int32_t isa, float *y) {
    const convoy_image map = oracle_conv2d_output(&desc);
    convoy_binary_desc add = {
        .header = {.struct_size = sizeof add, .isa = isa, .batch = desc.header.batch},
        .input = map,
        .kind = CONVOY_BINARY_ADD,
        .operand = CONVOY_OPERAND_TENSOR,
        .activation = desc.activation,
    };
    desc.has_residual = 0;
    desc.activation = (convoy_activation_desc){.kind = CONVOY_ACTIVATION_NONE};
    convoy_plan plan;
    convoy_plan plan_of_add = {.struct_size = sizeof plan_of_add};
    CHECK_EQUAL(status_of(desc, isa, desc.header.batch, &plan), CONVOY_OK);
    CHECK_EQUAL(convoy_plan_binary(&add, &plan_of_add), CONVOY_OK);
    float *sums = allocate(current.sums.count * sizeof(float));
    layer_data data = current.data;
    data.x2 = NULL;
    const operation convolution = operation_on(&data, &plan);
    run_operation(&convolution, ONE_RANGE, sums);
    data.x = sums;
    data.x2 = current.data.x2;
    const operation addition = operation_on(&data, &plan_of_add);
    run_operation(&addition, ONE_RANGE, y);
    free(sums);
}

static void compare_algorithm(int32_t isa, int32_t algorithm, int32_t points) {
    convoy_conv2d_desc desc = current.desc;
    desc.algorithm = algorithm;
    desc.points = points;
    check_context("residual, %s, algorithm %d, %d points: %d x %dx%dx%d -> %d, kernel %dx%d stride %d groups %d "
                  "activation %d",
                  convoy_isa_name(isa), algorithm, points, desc.header.batch, desc.input.height, desc.input.width,
                  desc.input.channels, desc.out_channels, desc.window.kernel_h, desc.window.kernel_w,
                  desc.window.stride_h, desc.groups, desc.activation.kind);
    convoy_plan plan;
    convoy_plan plan_of_one;
    const int32_t status = status_of(desc, isa, desc.header.batch, &plan);
    CHECK_EQUAL(status_of(desc, isa, 1, &plan_of_one), status);
    if (status != CONVOY_OK) {
        CHECK(status == CONVOY_UNSUPPORTED && algorithm == CONVOY_ALGORITHM_WINOGRAD);
        current.unsupported++;
        return;
    }
    current.compared++;
    float *y = allocate(current.sums.count * sizeof(float));
    float *by_itself = allocate(current.sums.count * sizeof(float));
    const operation operation = operation_on(&current.data, &plan);
    check_every_way(&operation, &plan_of_one, y);
    CHECK_AT_MOST(relative_error(y), allowed_error(&desc));
    add_by_itself(desc, isa, by_itself);
    check_same_bits(y, by_itself, current.sums.count);
    free(y);
    free(by_itself);
}

static void compare(int32_t isa) {
    compare_algorithm(isa, CONVOY_ALGORITHM_DIRECT, 0);
    for (int32_t points = 4; points <= 8; points += 2) {
        compare_algorithm(isa, CONVOY_ALGORITHM_WINOGRAD, points);
    }
}

static void test_case(convoy_conv2d_desc desc) {
    const size_t inputs = (size_t)desc.header.batch * floats_of(desc.input);
    const size_t outputs = (size_t)desc.header.batch * floats_of(oracle_conv2d_output(&desc));
    const size_t filter = (size_t)(desc.input.channels / desc.groups * desc.window.kernel_h * desc.window.kernel_w);
    const size_t channels = (size_t)desc.out_channels;
    desc.has_residual = 1;
    current.desc = desc;
    current.data = make_data(inputs, filter * channels, channels, random_bits() % 4 != 0, false);
    current.data.x2 = make_floats(outputs);
    for (size_t i = 0; i < filter * channels; i++) {
        current.data.weights[i] *= (float)(2.0 / sqrt((double)filter)); /* sums below 1: tanh does not saturate */
    }
    current.sums = make_answer(outputs, true);
    convoy_conv2d_desc linear = desc;
    linear.activation.kind = CONVOY_ACTIVATION_NONE;
    oracle_conv2d(&linear, current.data.x, current.data.weights, current.data.bias, NULL, current.sums.values, NULL);
    for (size_t i = 0; i < outputs; i++) {
        current.sums.values[i] += (double)current.data.x2[i];
    }
    for_each_isa(compare);
    free_data(&current.data);
    free_answer(&current.sums);
}

/* ResNet's last stage and its projections, narrow; sums of one block of the reduction, and of several. */
static void test_blocks(void) {
    test_case(conv2d_of(2, 7, 64, 40, 3, 1, 1, CONVOY_ACTIVATION_RELU));
    test_case(conv2d_of(5, 7, 9, 33, 3, 1, 1, CONVOY_ACTIVATION_RELU));
    test_case(conv2d_of(3, 14, 24, 70, 1, 2, 0, CONVOY_ACTIVATION_RELU));
    test_case(conv2d_of(1, 9, 130, 16, 1, 1, 0, CONVOY_ACTIVATION_NONE));
    test_case(conv2d_of(1, 5, 400, 3, 1, 1, 0, CONVOY_ACTIVATION_PARAMETRIC_RELU));
    test_case(conv2d_of(9, 2, 3, 5, 1, 1, 0, CONVOY_ACTIVATION_TANH)); /* small images together */
}

static void test_random(int32_t cases) {
    for (int32_t i = 0; i < cases; i++) {
        convoy_conv2d_desc desc = conv2d_of(random_between(1, 5), random_between(6, 15), 1, 1, random_between(1, 3),
                                            random_between(1, 2), 0, CONVOY_ACTIVATION_NONE);
        desc.activation = random_activation();
        desc.groups = random_between(0, 3) == 0 ? 2 : 1;
        desc.input.channels = desc.groups * random_between(1, 20);
        desc.out_channels = desc.groups * random_between(1, 40);
        desc.window.pad_top = desc.window.pad_left = random_between(0, 1);
        desc.window.pad_bottom = random_between(0, 2);
        test_case(desc);
    }
}

/* y = activation(conv(x) + x): both are only read. */
static void the_input_may_be_its_own_residual(int32_t isa) {
    static const int32_t algorithms[] = {CONVOY_ALGORITHM_DIRECT, CONVOY_ALGORITHM_WINOGRAD};
    static _Alignas(CONVOY_ALIGNMENT) unsigned char packed[1 << 18], scratch[1 << 20], workspace[1 << 18];
    convoy_conv2d_desc desc = conv2d_of(1, 6, 20, 20, 3, 1, 1, CONVOY_ACTIVATION_RELU);
    desc.has_residual = 1;
    const size_t count = floats_of(desc.input);
    for (size_t i = 0; i < 2; i++) {
        check_context("the input as residual, %s, %s", convoy_isa_name(isa), convoy_algorithm_name(algorithms[i]));
        desc.algorithm = algorithms[i];
        desc.points = algorithms[i] == CONVOY_ALGORITHM_WINOGRAD ? 6 : 0;
        convoy_plan plan;
        CHECK_EQUAL(status_of(desc, isa, 1, &plan), CONVOY_OK);
        CHECK(plan.packed_bytes <= sizeof packed && plan.scratch_bytes <= sizeof scratch &&
              plan.workspace_bytes <= sizeof workspace);
        layer_data data = make_data(count, 20 * 20 * 9, 20, true, false);
        data.x2 = make_floats(count);
        for (size_t j = 0; j < count; j++) {
            data.x2[j] = data.x[j];
        }
        float *expected = allocate(count * sizeof(float));
        float *y = allocate(count * sizeof(float));
        const operation apart = operation_on(&data, &plan);
        run_operation(&apart, ONE_RANGE, expected);
        CHECK_EQUAL(convoy_pack(&plan, data.weights, plan.weight_count, packed, sizeof packed), CONVOY_OK);
        const convoy_run_args args = {
            .struct_size = sizeof args,
            .images = 1,
            .input = {data.x, count * sizeof(float)},
            .input2 = {data.x, count * sizeof(float)},
            .packed = {packed, sizeof packed},
            .bias = {data.bias, 20 * sizeof(float)},
            .output = {y, count * sizeof(float)},
            .scratch = {scratch, sizeof scratch},
            .workspace = {workspace, sizeof workspace},
        };
        for (int32_t phase = 0; phase < plan.phases; phase++) {
            int64_t items = 0;
            CHECK_EQUAL(convoy_work_items(&plan, 1, phase, &items), CONVOY_OK);
            CHECK_EQUAL(convoy_run(&plan, &args, phase, 0, items), CONVOY_OK);
        }
        check_same_bits(y, expected, count);
        free_data(&data);
        free(expected);
        free(y);
    }
}

/* What lies elsewhere than the output does, or is pooled, is added by itself. */
static void other_forms_are_refused(void) {
    check_context("residual: refusals");
    convoy_plan plan;
    convoy_conv2d_desc desc = conv2d_of(1, 8, 16, 16, 3, 1, 1, CONVOY_ACTIVATION_NONE);
    desc.has_residual = 1;
    desc.map_channels = 16;
    CHECK_EQUAL(status_of(desc, CONVOY_ISA_SCALAR, 1, &plan), CONVOY_OK); /* all of the map */
    desc.map_channels = 17;
    CHECK_EQUAL(status_of(desc, CONVOY_ISA_SCALAR, 1, &plan), CONVOY_UNSUPPORTED);
    desc.algorithm = CONVOY_ALGORITHM_WINOGRAD;
    desc.points = 6;
    CHECK_EQUAL(status_of(desc, CONVOY_ISA_SCALAR, 1, &plan), CONVOY_UNSUPPORTED);
    desc.map_channels = 0;
    CHECK_EQUAL(status_of(desc, CONVOY_ISA_SCALAR, 1, &plan), CONVOY_OK);
    desc.pool = (convoy_max_pool){.window = square_window(2, 2, 0), .out_height = 4, .out_width = 4};
    CHECK_EQUAL(status_of(desc, CONVOY_ISA_SCALAR, 1, &plan), CONVOY_UNSUPPORTED);
    desc.has_residual = 0;
    CHECK_EQUAL(status_of(desc, CONVOY_ISA_SCALAR, 1, &plan), CONVOY_OK);
    desc.pool = (convoy_max_pool){0};
    desc.points = 0;
    desc.algorithm = CONVOY_ALGORITHM_DEPTHWISE;
    desc.groups = 16;
    CHECK_EQUAL(status_of(desc, CONVOY_ISA_SCALAR, 1, &plan), CONVOY_OK);
    desc.has_residual = 1;
    CHECK_EQUAL(status_of(desc, CONVOY_ISA_SCALAR, 1, &plan), CONVOY_UNSUPPORTED);
}

int main(void) {
    test_blocks();
    test_random(random_cases(40));
    check_context("residual: random cases");
    CHECK(current.compared > current.unsupported);
    for_each_isa(the_input_may_be_its_own_residual);
    other_forms_are_refused();
    return check_summary();
}
