/* What phases say that they do, against numbers worked out by hand. */
#include "check.h"
#include "convoy.h"
#include "layers.h"

#include <string.h>

static convoy_work work_of(const convoy_plan *plan, int32_t images, int32_t phase) {
    convoy_work work = {.struct_size = sizeof work};
    CHECK_EQUAL(convoy_phase_work(plan, images, phase, &work), CONVOY_OK);
    return work;
}

/* 13 x 13 x 16 to 32 channels by 3 x 3: no vector of any instruction set is filled up. */
static convoy_plan plan_conv2d(int32_t batch, int32_t algorithm, int32_t map_channels, int32_t has_residual) {
    convoy_conv2d_desc desc = conv2d_of(batch, 13, 16, 32, 3, 1, 1, CONVOY_ACTIVATION_NONE);
    convoy_plan plan = {.struct_size = sizeof plan};
    desc.algorithm = algorithm;
    desc.points = algorithm == CONVOY_ALGORITHM_WINOGRAD ? 8 : 0;
    desc.map_channels = map_channels;
    desc.has_residual = has_residual;
    CHECK_EQUAL(convoy_plan_conv2d(&desc, &plan), CONVOY_OK);
    return plan;
}

static void a_direct_convolution_does_all_multiply_adds(void) {
    check_context("direct");
    const convoy_plan plan = plan_conv2d(5, CONVOY_ALGORITHM_DIRECT, 0, 0);
    const convoy_work work = work_of(&plan, 3, 0);
    CHECK_EQUAL(work.kind, CONVOY_PHASE_WHOLE);
    CHECK_EQUAL((int64_t)work.operations, 2 * 3 * 169 * 32 * 144);
    CHECK_EQUAL((int64_t)work.map_bytes, 3 * 169 * (16 + 32) * 4);
    CHECK_EQUAL((int64_t)work.weight_bytes, 32 * 144 * 4);
    CHECK_EQUAL((int64_t)work.workspace_bytes, 0);

    check_context("part of a map");
    const convoy_plan part = plan_conv2d(5, CONVOY_ALGORITHM_DIRECT, 70, 0);
    CHECK_EQUAL((int64_t)work_of(&part, 3, 0).map_bytes, (int64_t)work.map_bytes);
}

/* 13 outputs are 7 and 6, of 9 and 8 points: 17 along an axis, 289 of an image. */
static void winograd_does_them_at_its_points(void) {
    check_context("winograd");
    const convoy_plan plan = plan_conv2d(3, CONVOY_ALGORITHM_WINOGRAD, 0, 0);
    CHECK_EQUAL(plan.phases, 2);
    const convoy_work input = work_of(&plan, 3, 0);
    const convoy_work gemm = work_of(&plan, 3, 1);
    CHECK_EQUAL(input.kind, CONVOY_PHASE_INPUT_TRANSFORM);
    CHECK_EQUAL(gemm.kind, CONVOY_PHASE_GEMM);
    CHECK_EQUAL((int64_t)input.map_bytes, 3 * 169 * 16 * 4);
    CHECK_EQUAL((int64_t)input.weight_bytes, 0);
    CHECK_EQUAL((int64_t)input.workspace_bytes, 3 * 289 * 16 * 4);
    CHECK_EQUAL((int64_t)gemm.map_bytes, 3 * 169 * 32 * 4);
    CHECK_EQUAL((int64_t)gemm.weight_bytes, (int64_t)plan.packed_bytes);
    CHECK((int64_t)gemm.workspace_bytes % (int64_t)input.workspace_bytes == 0);

    /* The GEMMs, and for each of their results, along both axes, a sum and at most 6 multiply-adds of halves. */
    const double gemms = 2.0 * 3 * 289 * 16 * 32;
    CHECK(gemm.operations > gemms && gemm.operations < gemms + 3.0 * 289 * 32 * (1 + 6) * 2);
    CHECK(input.operations > 3.0 * 289 * 16 * 8 && input.operations < 3.0 * 289 * 16 * 8 * 4);
    CHECK(input.operations + gemm.operations < 2.0 * 3 * 169 * 32 * 144);
}

/* A map of the output's size, where the outputs are stored. */
static void a_residual_is_read_too(void) {
    static const int32_t algorithms[] = {CONVOY_ALGORITHM_DIRECT, CONVOY_ALGORITHM_WINOGRAD};
    for (size_t i = 0; i < 2; i++) {
        check_context("residual, %s", convoy_algorithm_name(algorithms[i]));
        const convoy_plan without = plan_conv2d(5, algorithms[i], 0, 0);
        const convoy_plan with = plan_conv2d(5, algorithms[i], 0, 1);
        const int32_t last = with.phases - 1;
        CHECK_EQUAL((int64_t)(work_of(&with, 3, last).map_bytes - work_of(&without, 3, last).map_bytes),
                    3 * 169 * 32 * 4);
        CHECK_EQUAL((int64_t)with.input2_image_bytes, 169 * 32 * 4);
        CHECK_EQUAL((int64_t)without.input2_image_bytes, 0);
    }
    const convoy_plan with = plan_conv2d(5, CONVOY_ALGORITHM_WINOGRAD, 0, 1);
    CHECK_EQUAL((int64_t)work_of(&with, 3, 0).map_bytes, 3 * 169 * 16 * 4); /* not by the input transform */
}

/* All images pass, whatever the micro-batches; weights are read anew for each. */
static void micro_batches_make_up_the_batch(void) {
    check_context("micro-batches");
    convoy_conv2d_desc desc = conv2d_of(64, 55, 96, 64, 3, 1, 1, CONVOY_ACTIVATION_NONE);
    convoy_plan plan = {.struct_size = sizeof plan};
    desc.algorithm = CONVOY_ALGORITHM_WINOGRAD;
    desc.points = 8;
    CHECK_EQUAL(convoy_plan_conv2d(&desc, &plan), CONVOY_OK);
    CHECK(plan.phases > 2);
    double in = 0, out = 0, weights = 0;
    for (int32_t phase = 0; phase < plan.phases; phase++) {
        const convoy_work work = work_of(&plan, 50, phase);
        CHECK_EQUAL(work.kind, phase % 2 == 0 ? CONVOY_PHASE_INPUT_TRANSFORM : CONVOY_PHASE_GEMM);
        *(phase % 2 == 0 ? &in : &out) += work.map_bytes;
        weights += work.weight_bytes;
    }
    CHECK_EQUAL((int64_t)in, 50LL * 55 * 55 * 96 * 4);
    CHECK_EQUAL((int64_t)out, 50LL * 55 * 55 * 64 * 4);
    CHECK((int64_t)weights % (int64_t)plan.packed_bytes == 0 && weights > (double)plan.packed_bytes);
}

static void other_operators_count_too(void) {
    check_context("dense");
    convoy_dense_desc dense = dense_of(8, 2, 3, 16, 64, CONVOY_ACTIVATION_RELU);
    convoy_plan plan = {.struct_size = sizeof plan};
    CHECK_EQUAL(convoy_plan_dense(&dense, &plan), CONVOY_OK);
    CHECK_EQUAL((int64_t)work_of(&plan, 8, 0).operations, 2 * 8 * 96 * 64);
    CHECK_EQUAL((int64_t)work_of(&plan, 8, 0).weight_bytes, 96 * 64 * 4);

    check_context("pooling");
    convoy_pool2d_desc pool = pool2d_of(CONVOY_POOL_MAX, 4, 13, 8, 6, 3, 2, 0);
    plan = (convoy_plan){.struct_size = sizeof plan};
    CHECK_EQUAL(convoy_plan_pool2d(&pool, &plan), CONVOY_OK);
    CHECK_EQUAL((int64_t)work_of(&plan, 4, 0).operations, 4 * 36 * 8 * 9);
    CHECK_EQUAL((int64_t)work_of(&plan, 4, 0).map_bytes, 4 * (169 + 36) * 8 * 4);

    check_context("depthwise");
    convoy_conv2d_desc depthwise = conv2d_of(2, 10, 32, 32, 3, 1, 1, CONVOY_ACTIVATION_NONE);
    depthwise.groups = 32;
    depthwise.algorithm = CONVOY_ALGORITHM_DEPTHWISE;
    plan = (convoy_plan){.struct_size = sizeof plan};
    CHECK_EQUAL(convoy_plan_conv2d(&depthwise, &plan), CONVOY_OK);
    CHECK_EQUAL((int64_t)work_of(&plan, 2, 0).operations, 2 * 2 * 100 * 9 * 32);

    check_context("chain");
    convoy_chain_desc chain = {
        .header = {.struct_size = sizeof chain, .batch = 2},
        .input = {6, 6, 3},
        .layer_count = 1,
        .layers = {{.kind = CONVOY_CHAIN_CONVOLUTION, .out_channels = 4, .window = square_window(6, 1, 0)}},
    };
    plan = (convoy_plan){.struct_size = sizeof plan};
    CHECK_EQUAL(convoy_plan_chain(&chain, &plan), CONVOY_OK);
    CHECK_EQUAL((int64_t)work_of(&plan, 2, 0).operations, 2 * 2 * 4 * 108);
}

/* LeNet-5's second convolution, 5 x 5 over 14 x 14 x 6: tiles save products, and their transforms count. */
static void a_chains_tiles_count_with_their_transforms(void) {
    check_context("chain by tiles");
    convoy_chain_desc chain = {
        .header = {.struct_size = sizeof chain, .batch = 64},
        .input = {14, 14, 6},
        .layer_count = 1,
        .layers = {{.kind = CONVOY_CHAIN_CONVOLUTION, .out_channels = 16, .window = square_window(5, 1, 0)}},
    };
    convoy_plan plan = {.struct_size = sizeof plan};
    CHECK_EQUAL(convoy_plan_chain(&chain, &plan), CONVOY_OK);
    const double direct = 2.0 * 100 * 16 * 150;
    const double products = 2.0 * 10 * 2 * 9 * 16 * 30; /* two tiles of a row, of at most 9 points, a column of 5 x 6 */
    const double executed = work_of(&plan, 1, 0).operations;
    CHECK(executed < direct && executed > 0.6 * products);
    CHECK(work_of(&plan, 64, 0).operations == 64 * executed);
}

static void wrong_arguments_are_refused(void) {
    check_context("arguments");
    const convoy_plan plan = plan_conv2d(3, CONVOY_ALGORITHM_DIRECT, 0, 0);
    convoy_work work = {.struct_size = sizeof work};
    CHECK_EQUAL(convoy_phase_work(NULL, 1, 0, &work), CONVOY_NULL_POINTER);
    CHECK_EQUAL(convoy_phase_work(&plan, 1, 0, NULL), CONVOY_NULL_POINTER);
    CHECK_EQUAL(convoy_phase_work(&plan, 0, 0, &work), CONVOY_BAD_RANGE);
    CHECK_EQUAL(convoy_phase_work(&plan, 4, 0, &work), CONVOY_BAD_RANGE);
    CHECK_EQUAL(convoy_phase_work(&plan, 1, -1, &work), CONVOY_BAD_RANGE);
    CHECK_EQUAL(convoy_phase_work(&plan, 1, 1, &work), CONVOY_BAD_RANGE);
    work.struct_size--;
    CHECK_EQUAL(convoy_phase_work(&plan, 1, 0, &work), CONVOY_BAD_STRUCT_SIZE);
    CHECK_EQUAL((int64_t)work.operations, 0);
    convoy_plan altered = plan;
    altered.batch = 99;
    work.struct_size = sizeof work;
    CHECK_EQUAL(convoy_phase_work(&altered, 1, 0, &work), CONVOY_BAD_PLAN);
}

int main(void) {
    a_direct_convolution_does_all_multiply_adds();
    winograd_does_them_at_its_points();
    a_residual_is_read_too();
    micro_batches_make_up_the_batch();
    other_operators_count_too();
    a_chains_tiles_count_with_their_transforms();
    wrong_arguments_are_refused();
    return check_summary();
}
