/* What plans of Winograd convolution promise and refuse, and that plans do what they are told. */
#include "check.h"
#include "layers.h"

#include <string.h>

static int32_t status_of(const convoy_conv2d_desc *desc, convoy_plan *plan) {
    *plan = (convoy_plan){.struct_size = sizeof *plan};
    return convoy_plan_conv2d(desc, plan);
}

static convoy_plan plan_with(convoy_conv2d_desc desc, int32_t isa, int32_t algorithm) {
    convoy_plan plan;
    desc.header.isa = isa;
    desc.algorithm = algorithm;
    desc.points = algorithm == CONVOY_ALGORITHM_WINOGRAD ? desc.points : 0;
    CHECK_EQUAL(status_of(&desc, &plan), CONVOY_OK);
    return plan;
}

/* 3 x 3 over 13 x 13 x 16, stride 1, padding 1, to be spoilt. */
static convoy_conv2d_desc usual(void) {
    convoy_conv2d_desc desc = conv2d_of(2, 13, 16, 8, 3, 1, 1, CONVOY_ACTIVATION_NONE);
    desc.algorithm = CONVOY_ALGORITHM_WINOGRAD;
    desc.points = 8;
    return desc;
}

/* Plans `usual` with some fields changed. What is refused must leave the plan as it was. */
#define CHECK_STATUS(status, ...)                                                                                      \
    do {                                                                                                               \
        convoy_conv2d_desc desc = usual();                                                                             \
        convoy_plan plan = {.struct_size = sizeof plan, .batch = 77};                                                  \
        const convoy_plan before = plan;                                                                               \
        __VA_ARGS__;                                                                                                   \
        check_context("winograd with " #__VA_ARGS__);                                                                  \
        CHECK_EQUAL(convoy_plan_conv2d(&desc, &plan), status);                                                         \
        CHECK((memcmp(&plan, &before, sizeof plan) == 0) == ((status) != CONVOY_OK));                                  \
    } while (0)

static void what_does_not_suit_is_unsupported(void) {
    CHECK_STATUS(CONVOY_OK, (void)0);
    CHECK_STATUS(CONVOY_UNSUPPORTED, desc.window.stride_w = 2);
    CHECK_STATUS(CONVOY_UNSUPPORTED, desc.window.stride_h = 2);
    CHECK_STATUS(CONVOY_UNSUPPORTED, desc.dilation_h = 2);
    CHECK_STATUS(CONVOY_UNSUPPORTED, desc.dilation_w = 3);
    CHECK_STATUS(CONVOY_UNSUPPORTED, desc.window.kernel_h = 1);
    CHECK_STATUS(CONVOY_UNSUPPORTED, desc.window.kernel_w = 1);
    CHECK_STATUS(CONVOY_UNSUPPORTED, desc.window.stride_h = desc.window.stride_w = 3); /* one tap after folding */
    CHECK_STATUS(CONVOY_UNSUPPORTED, desc.window.stride_h = desc.window.stride_w = 5); /* the kernel is smaller */
    CHECK_STATUS(CONVOY_OK, desc.points = 6, desc.window.stride_h = desc.window.stride_w = 2);
    CHECK_STATUS(CONVOY_UNSUPPORTED, desc.window.stride_h = desc.window.stride_w = 2, desc.groups = 2);
    CHECK_STATUS(CONVOY_OK, desc.groups = 2);
    CHECK_STATUS(CONVOY_OK, desc.points = 6, desc.window.kernel_h = desc.window.kernel_w = 11,
                 desc.window.stride_h = desc.window.stride_w = 8);
    CHECK_STATUS(CONVOY_UNSUPPORTED, desc.window.kernel_h = desc.window.kernel_w = 11,
                 desc.window.stride_h = desc.window.stride_w = 9);
    CHECK_STATUS(CONVOY_OK, desc.window.kernel_h = 7);
    CHECK_STATUS(CONVOY_UNSUPPORTED, desc.window.kernel_h = 8);
    CHECK_STATUS(CONVOY_UNSUPPORTED, desc.window.kernel_w = 8);
}

static void points_are_checked(void) {
    static const int32_t bad[] = {-2, -1, 0, 1, 2, 3, 5, 7, 9, 10, INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_STATUS(CONVOY_BAD_VALUE, desc.points = bad[i]);
    }
    for (int32_t points = 4; points <= 8; points += 2) {
        CHECK_STATUS(CONVOY_OK, desc.points = points);
        CHECK_STATUS(CONVOY_OK, desc.points = points, desc.window.kernel_h = points - 1);
        CHECK_STATUS(CONVOY_UNSUPPORTED, desc.points = points, desc.window.kernel_h = points);
        CHECK_STATUS(CONVOY_UNSUPPORTED, desc.points = points, desc.window.kernel_w = points);
        CHECK_STATUS(CONVOY_UNSUPPORTED, desc.points = points, desc.algorithm = CONVOY_ALGORITHM_DIRECT);
    }
    CHECK_STATUS(CONVOY_OK, desc.points = 6, desc.window.kernel_h = desc.window.kernel_w = 2);
    CHECK_STATUS(CONVOY_OK, desc.points = 8, desc.window.kernel_h = desc.window.kernel_w = 2);

    /* Strides: two taps along an axis after folding, where 8 points would err too much. */
    CHECK_STATUS(CONVOY_OK, desc.points = 6, desc.window.kernel_h = 4, desc.window.stride_h = desc.window.stride_w = 2);
    CHECK_STATUS(CONVOY_UNSUPPORTED, desc.points = 8, desc.window.kernel_h = 5,
                 desc.window.stride_h = desc.window.stride_w = 2);
    CHECK_STATUS(CONVOY_UNSUPPORTED, desc.points = 8, desc.window.kernel_w = 5,
                 desc.window.stride_h = desc.window.stride_w = 2);
    CHECK_STATUS(CONVOY_OK, desc.points = 8, desc.window.kernel_h = desc.window.kernel_w = 5,
                 desc.window.stride_h = desc.window.stride_w = 2);
}

static void layouts_are_checked(void) {
    CHECK_STATUS(CONVOY_BAD_VALUE, desc.input_layout = -1);
    CHECK_STATUS(CONVOY_BAD_VALUE, desc.input_layout = 2);
    CHECK_STATUS(CONVOY_OK, desc.input_layout = CONVOY_LAYOUT_NCHW);
    CHECK_STATUS(CONVOY_UNSUPPORTED, desc.input_layout = CONVOY_LAYOUT_NCHW, desc.algorithm = CONVOY_ALGORITHM_DIRECT);
    CHECK_STATUS(CONVOY_UNSUPPORTED, desc.input_layout = CONVOY_LAYOUT_NCHW, desc.window.kernel_h = 1);
}

static void absurd_extents_overflow(void) {
    const int32_t most = CONVOY_MAX_EXTENT;
    for (int32_t points = 4; points <= 8; points += 2) {
        CHECK_STATUS(CONVOY_OVERFLOW, desc.points = points,
                     desc.input.height = desc.input.width = desc.input.channels = most);
        CHECK_STATUS(CONVOY_OVERFLOW, desc.points = points,
                     desc.input.height = desc.input.width = desc.out_channels = most, desc.header.batch = 1000);
        CHECK_STATUS(CONVOY_OVERFLOW, desc.points = points,
                     desc.header.batch = desc.input.height = desc.input.width = most, desc.out_channels = 16);
        CHECK_STATUS(CONVOY_OVERFLOW, desc.points = points,
                     desc.input.height = desc.input.width = desc.input.channels = most,
                     desc.input_layout = CONVOY_LAYOUT_NCHW);
    }
    /* What fits, if only just, is planned. */
    CHECK_STATUS(CONVOY_OK, desc.input.height = desc.input.width = most, desc.header.batch = 1);
    CHECK_STATUS(CONVOY_OK, desc.input.channels = desc.out_channels = most, desc.header.batch = 1);
}

/* Weights are read once a micro-batch: where there are many, they are read less often. */
static void rounds_are_larger_where_weights_are(int32_t isa) {
    check_context("winograd %s: micro-batches of many weights", convoy_isa_name(isa));
    /* 9.5 MiB of values, and weights of four times as much; then of few. */
    convoy_conv2d_desc desc = conv2d_of(20, 13, 384, 384, 3, 1, 1, CONVOY_ACTIVATION_NONE);
    desc.points = 8;
    CHECK_EQUAL(plan_with(desc, isa, CONVOY_ALGORITHM_WINOGRAD).phases, 2);
    desc.out_channels = 16;
    CHECK_EQUAL(plan_with(desc, isa, CONVOY_ALGORITHM_WINOGRAD).phases, 4);
}

/* Of batches with all sorts of a short last micro-batch. */
static void plans_count_the_items_of_all_rounds(int32_t isa) {
    convoy_conv2d_desc desc = usual();
    desc.input.height = 31;
    desc.input.width = 31;
    desc.out_channels = 96; /* so that an item is of no more tiles than a micro-batch may lack */
    for (desc.header.batch = 200; desc.header.batch < 400; desc.header.batch++) {
        check_context("winograd %s: %d images", convoy_isa_name(isa), desc.header.batch);
        const convoy_plan plan = plan_with(desc, isa, CONVOY_ALGORITHM_WINOGRAD);
        int64_t sum = 0;
        for (int32_t phase = 0; phase < plan.phases; phase++) {
            int64_t items = 0;
            CHECK_EQUAL(convoy_work_items(&plan, desc.header.batch, phase, &items), CONVOY_OK);
            sum += items;
        }
        CHECK_EQUAL(sum, plan.work_items);
    }
}

static void plans_say_what_they_do(int32_t isa) {
    check_context("winograd %s: what a plan says", convoy_isa_name(isa));
    convoy_conv2d_desc desc = usual();
    desc.header.batch = 700;
    const convoy_plan plan = plan_with(desc, isa, CONVOY_ALGORITHM_WINOGRAD);
    CHECK_EQUAL(plan.isa, isa);
    CHECK_EQUAL(plan.algorithm, CONVOY_ALGORITHM_WINOGRAD);
    CHECK_EQUAL((int64_t)plan.input_image_bytes, 13 * 13 * 16 * 4);
    CHECK_EQUAL((int64_t)plan.output_image_bytes, 13 * 13 * 8 * 4);
    CHECK_EQUAL((int64_t)plan.weight_count, 8 * 16 * 3 * 3);
    CHECK_EQUAL((int64_t)plan.bias_count, 8);
    CHECK(plan.workspace_bytes > 0 && plan.scratch_bytes > 0 && plan.packed_bytes > 0 && plan.cost > 0.0);
    CHECK(plan.phases > 2 && plan.phases % 2 == 0);
    CHECK(plan.workspace_bytes < 700 * plan.input_image_bytes); /* of a micro-batch, not of the batch */
    int64_t sum = 0, fewest = INT64_MAX, most = 0, rows_of_one = 0;
    for (int32_t phase = 0; phase < plan.phases; phase++) {
        int64_t items = 0, items_of_one = -1;
        CHECK_EQUAL(convoy_work_items(&plan, 700, phase, &items), CONVOY_OK);
        CHECK_EQUAL(convoy_work_items(&plan, 1, phase, &items_of_one), CONVOY_OK);
        CHECK(items > 0);
        CHECK((items_of_one > 0) == (phase < 2)); /* one image is in the first micro-batch */
        sum += items;
        if (phase % 2 == 0) { /* a micro-batch's rows of tiles */
            rows_of_one = items_of_one > 0 ? items_of_one : rows_of_one;
            fewest = items < fewest ? items : fewest;
            most = items > most ? items : most;
        }
    }
    CHECK_EQUAL(sum, plan.work_items);
    CHECK_EQUAL(most - fewest, 4 * rows_of_one); /* 175 units of 4 images: some micro-batches have one more, none two */

    const convoy_plan direct = plan_with(desc, isa, CONVOY_ALGORITHM_DIRECT);
    CHECK_EQUAL(direct.phases, 1);
    CHECK_EQUAL(direct.points, 0);
    CHECK_EQUAL((int64_t)direct.workspace_bytes, 0);
}

static double cost_of_outputs(int32_t isa, int32_t height, int32_t width, int32_t batch) {
    convoy_conv2d_desc desc = conv2d_of(batch, 1, 16, 8, 3, 1, 1, CONVOY_ACTIVATION_NONE);
    desc.input.height = height;
    desc.input.width = width;
    desc.points = 8;
    return plan_with(desc, isa, CONVOY_ALGORITHM_WINOGRAD).cost;
}

/* 8 points and 3 taps make tiles of 6 and 7 outputs, which 13 are without waste. */
static void costs_follow_the_work(int32_t isa) {
    check_context("winograd %s: costs", convoy_isa_name(isa));
    static const int32_t without_waste[] = {6, 7, 12, 13, 14, 18};
    for (size_t i = 1; i < sizeof without_waste / sizeof without_waste[0]; i++) {
        CHECK(cost_of_outputs(isa, without_waste[i], 6, 64) > cost_of_outputs(isa, without_waste[i - 1], 6, 64));
    }
    CHECK(cost_of_outputs(isa, 13, 6, 64) == cost_of_outputs(isa, 6, 13, 64));
    CHECK(cost_of_outputs(isa, 13, 13, 2) < 2 * cost_of_outputs(isa, 13, 13, 1)); /* the weights are read once */
}

/* Costs tell which algorithm a layer gains by; choosing is the caller's. */
static void costs_compare_algorithms(int32_t isa) {
    check_context("costs on %s: AlexNet in batches of 64", convoy_isa_name(isa));
    for (int32_t layer = 1; layer <= 5; layer++) {
        convoy_conv2d_desc desc = alexnet_conv2d(layer, 64);
        desc.points = 8;
        CHECK(plan_with(desc, isa, CONVOY_ALGORITHM_WINOGRAD).cost <
              plan_with(desc, isa, CONVOY_ALGORITHM_DIRECT).cost);
    }
    check_context("costs on %s: what Winograd does not gain", convoy_isa_name(isa));
    convoy_conv2d_desc depthwise = conv2d_of(64, 28, 64, 64, 3, 1, 1, CONVOY_ACTIVATION_NONE);
    depthwise.groups = 64;
    depthwise.points = 6;
    CHECK(plan_with(depthwise, isa, CONVOY_ALGORITHM_WINOGRAD).cost >
          plan_with(depthwise, isa, CONVOY_ALGORITHM_DEPTHWISE).cost);
}

int main(void) {
    what_does_not_suit_is_unsupported();
    points_are_checked();
    layouts_are_checked();
    absurd_extents_overflow();
    for_each_isa(plans_say_what_they_do);
    for_each_isa(plans_count_the_items_of_all_rounds);
    for_each_isa(rounds_are_larger_where_weights_are);
    for_each_isa(costs_follow_the_work);
    for_each_isa(costs_compare_algorithms);
    return check_summary();
}
