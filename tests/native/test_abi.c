/* What the ABI says about itself, and the descriptors that plans refuse. */
#include "check.h"
#include "convoy.h"
#include "layers.h"

#include <math.h>
#include <string.h>

static void names_and_sizes(void) {
    check_context("names and sizes");
    CHECK_EQUAL(convoy_abi_version(), CONVOY_ABI_VERSION);
    for (int32_t status = -1; status <= CONVOY_UNSUPPORTED + 1; status++) {
        CHECK(convoy_status_message(status) != NULL && strlen(convoy_status_message(status)) > 10);
        for (int32_t other = CONVOY_OK; other < status; other++) {
            CHECK(strcmp(convoy_status_message(status), convoy_status_message(other)) != 0);
        }
    }
    CHECK(strcmp(convoy_isa_name(CONVOY_ISA_AUTO), "auto") == 0);
    CHECK(strcmp(convoy_isa_name(CONVOY_ISA_SCALAR), "scalar") == 0);
    CHECK(strcmp(convoy_isa_name(CONVOY_ISA_AVX2), "avx2") == 0);
    CHECK(strcmp(convoy_isa_name(CONVOY_ISA_AVX512), "avx512") == 0);
    CHECK(strcmp(convoy_isa_name(CONVOY_ISA_NEON), "neon") == 0);
    CHECK(strcmp(convoy_isa_name(99), "unknown") == 0);
    CHECK(strcmp(convoy_algorithm_name(CONVOY_ALGORITHM_AUTO), "auto") == 0);
    CHECK(strcmp(convoy_algorithm_name(CONVOY_ALGORITHM_DIRECT), "direct") == 0);
    CHECK(strcmp(convoy_algorithm_name(CONVOY_ALGORITHM_SIMPLE), "simple") == 0);
    CHECK(strcmp(convoy_algorithm_name(CONVOY_ALGORITHM_WINOGRAD), "winograd") == 0);
    CHECK(strcmp(convoy_algorithm_name(CONVOY_ALGORITHM_LANES), "images in lanes") == 0);
    CHECK(strcmp(convoy_algorithm_name(-1), "unknown") == 0);
    CHECK_EQUAL((int64_t)convoy_struct_size(CONVOY_STRUCT_CONV2D_DESC), sizeof(convoy_conv2d_desc));
    CHECK_EQUAL((int64_t)convoy_struct_size(CONVOY_STRUCT_PLAN), sizeof(convoy_plan));
    CHECK_EQUAL((int64_t)convoy_struct_size(CONVOY_STRUCT_RUN_ARGS), sizeof(convoy_run_args));
    for (int32_t which = 0; which < CONVOY_STRUCT_COUNT; which++) {
        CHECK(convoy_struct_size(which) >= 16);
    }
    CHECK_EQUAL((int64_t)convoy_struct_size(CONVOY_STRUCT_COUNT), 0);
    CHECK_EQUAL((int64_t)convoy_struct_size(-1), 0);
    CHECK_EQUAL(convoy_isa_supported(CONVOY_ISA_SCALAR), 1);
    CHECK_EQUAL(convoy_isa_supported(CONVOY_ISA_AUTO), 0);
    CHECK_EQUAL(convoy_isa_supported(77), 0);
    CHECK_EQUAL(convoy_isa_supported(convoy_best_isa()), 1);
}

/* Plans a descriptor that must be refused; the plan must stay as it was. */
#define CHECK_REFUSED(name, desc, status)                                                                              \
    do {                                                                                                               \
        convoy_plan plan, before;                                                                                      \
        memset(&plan, 0x5a, sizeof plan);                                                                              \
        plan.struct_size = sizeof plan;                                                                                \
        before = plan;                                                                                                 \
        CHECK_EQUAL(convoy_plan_##name(&(desc), &plan), status);                                                       \
        CHECK(memcmp(&plan, &before, sizeof plan) == 0);                                                               \
    } while (0)

/* The checks every plan call makes first. */
#define CHECK_PLAN_ARGUMENTS(name, valid)                                                                              \
    do {                                                                                                               \
        convoy_##name##_desc good = (valid);                                                                           \
        convoy_plan plan = {.struct_size = sizeof plan};                                                               \
        check_context("plan " #name);                                                                                  \
        CHECK_EQUAL(convoy_plan_##name(&good, &plan), CONVOY_OK);                                                      \
        CHECK_EQUAL(convoy_plan_##name(NULL, &plan), CONVOY_NULL_POINTER);                                             \
        CHECK_EQUAL(convoy_plan_##name(&good, NULL), CONVOY_NULL_POINTER);                                             \
        plan.struct_size = sizeof plan - 8;                                                                            \
        CHECK_EQUAL(convoy_plan_##name(&good, &plan), CONVOY_BAD_STRUCT_SIZE);                                         \
        convoy_##name##_desc bad = good;                                                                               \
        bad.struct_size += 4;                                                                                          \
        CHECK_REFUSED(name, bad, CONVOY_BAD_STRUCT_SIZE);                                                              \
        bad = good;                                                                                                    \
        bad.isa = 5;                                                                                                   \
        CHECK_REFUSED(name, bad, CONVOY_BAD_VALUE);                                                                    \
        bad.isa = convoy_isa_supported(CONVOY_ISA_NEON) ? CONVOY_ISA_AVX2 : CONVOY_ISA_NEON;                           \
        CHECK_REFUSED(name, bad, CONVOY_UNSUPPORTED);                                                                  \
        static const int32_t bad_extents[] = {0, -1, CONVOY_MAX_EXTENT + 1, INT32_MIN, INT32_MAX};                     \
        for (size_t i = 0; i < 5; i++) {                                                                               \
            bad = good;                                                                                                \
            bad.batch = bad_extents[i];                                                                                \
            CHECK_REFUSED(name, bad, CONVOY_BAD_VALUE);                                                                \
            bad = good;                                                                                                \
            bad.height = bad_extents[i];                                                                               \
            CHECK_REFUSED(name, bad, CONVOY_BAD_VALUE);                                                                \
            bad = good;                                                                                                \
            bad.width = bad_extents[i];                                                                                \
            CHECK_REFUSED(name, bad, CONVOY_BAD_VALUE);                                                                \
        }                                                                                                              \
        bad = good;                                                                                                    \
        bad.batch = bad.height = bad.width = CONVOY_MAX_EXTENT;                                                        \
        bad.CHANNELS_OF_##name = CONVOY_MAX_EXTENT;                                                                    \
        CHECK_REFUSED(name, bad, CONVOY_OVERFLOW);                                                                     \
    } while (0)

#define CHANNELS_OF_conv2d      in_channels
#define CHANNELS_OF_dense       channels
#define CHANNELS_OF_pool2d      channels
#define CHANNELS_OF_lrn         channels
#define CHANNELS_OF_elementwise channels
#define CHANNELS_OF_softmax     channels
#define CHANNELS_OF_concat      out_channels
#define CHANNELS_OF_transform   channels

static void plans_refuse_bad_arguments(void) {
    CHECK_PLAN_ARGUMENTS(conv2d, small_conv2d());
    CHECK_PLAN_ARGUMENTS(dense, ((convoy_dense_desc){.struct_size = sizeof(convoy_dense_desc),
                                                     .batch = 2,
                                                     .height = 3,
                                                     .width = 3,
                                                     .channels = 4,
                                                     .out_features = 5}));
    CHECK_PLAN_ARGUMENTS(pool2d, ((convoy_pool2d_desc){.struct_size = sizeof(convoy_pool2d_desc),
                                                       .kind = CONVOY_POOL_ADAPTIVE_AVERAGE,
                                                       .batch = 2,
                                                       .height = 3,
                                                       .width = 3,
                                                       .channels = 4,
                                                       .out_height = 2,
                                                       .out_width = 2}));
    CHECK_PLAN_ARGUMENTS(lrn, ((convoy_lrn_desc){.struct_size = sizeof(convoy_lrn_desc),
                                                 .batch = 2,
                                                 .height = 3,
                                                 .width = 3,
                                                 .channels = 4,
                                                 .size = 5,
                                                 .alpha = 1.0f,
                                                 .beta = 0.75f,
                                                 .k = 1.0f}));
    CHECK_PLAN_ARGUMENTS(
        elementwise,
        ((convoy_elementwise_desc){
            .struct_size = sizeof(convoy_elementwise_desc), .batch = 2, .height = 3, .width = 3, .channels = 4}));
    CHECK_PLAN_ARGUMENTS(
        softmax, ((convoy_softmax_desc){
                     .struct_size = sizeof(convoy_softmax_desc), .batch = 2, .height = 3, .width = 3, .channels = 4}));
    CHECK_PLAN_ARGUMENTS(concat, ((convoy_concat_desc){.struct_size = sizeof(convoy_concat_desc),
                                                       .batch = 2,
                                                       .height = 3,
                                                       .width = 3,
                                                       .channels = 4,
                                                       .out_channels = 9,
                                                       .channel_offset = 5}));
    CHECK_PLAN_ARGUMENTS(
        transform,
        ((convoy_transform_desc){
            .struct_size = sizeof(convoy_transform_desc), .batch = 2, .height = 3, .width = 3, .channels = 4}));
}

/* Sets one field of a convolution to a value that must be refused. */
#define CHECK_CONV_FIELD(field, value, status)                                                                         \
    do {                                                                                                               \
        convoy_conv2d_desc bad = small_conv2d();                                                                       \
        check_context("conv2d with " #field " = " #value);                                                             \
        bad.field = (value);                                                                                           \
        CHECK_REFUSED(conv2d, bad, status);                                                                            \
    } while (0)

static void conv2d_refuses_bad_fields(void) {
    CHECK_CONV_FIELD(in_channels, 0, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(in_channels, 7, CONVOY_BAD_VALUE); /* groups do not divide */
    CHECK_CONV_FIELD(out_channels, -4, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(out_channels, 9, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(kernel_h, 0, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(kernel_w, -3, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(kernel_h, 10, CONVOY_BAD_VALUE); /* larger than the padded image */
    CHECK_CONV_FIELD(stride_h, 0, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(stride_w, INT32_MAX, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(dilation_h, 0, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(dilation_w, 5, CONVOY_BAD_VALUE); /* the window outgrows the image */
    CHECK_CONV_FIELD(pad_top, -1, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(pad_left, INT32_MIN, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(pad_bottom, CONVOY_MAX_EXTENT + 1, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(pad_right, INT32_MAX, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(groups, 0, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(activation, 3, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(input_layout, -1, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(input_layout, 2, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(points, 5, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(algorithm, CONVOY_ALGORITHM_WINOGRAD + 1, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(algorithm, -1, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(algorithm, CONVOY_ALGORITHM_SIMPLE, CONVOY_UNSUPPORTED);
}

static void others_refuse_bad_fields(void) {
    check_context("dense, bad fields");
    convoy_dense_desc dense = {.struct_size = sizeof dense, .batch = 1, .height = 1, .width = 1, .channels = 4};
    CHECK_REFUSED(dense, dense, CONVOY_BAD_VALUE); /* no outputs */
    dense.out_features = 3;
    dense.algorithm = CONVOY_ALGORITHM_SIMPLE;
    CHECK_REFUSED(dense, dense, CONVOY_UNSUPPORTED);
    static const int32_t not_dense[] = {-1, CONVOY_ALGORITHM_WINOGRAD, CONVOY_ALGORITHM_LANES + 1};
    for (size_t i = 0; i < sizeof not_dense / sizeof not_dense[0]; i++) {
        dense.algorithm = not_dense[i];
        CHECK_REFUSED(dense, dense, CONVOY_BAD_VALUE);
    }
    dense.algorithm = CONVOY_ALGORITHM_AUTO;
    static const int32_t no_formats[] = {-1, CONVOY_WEIGHT_BFLOAT16 + 1};
    for (size_t i = 0; i < sizeof no_formats / sizeof no_formats[0]; i++) {
        dense.weight_format = no_formats[i];
        CHECK_REFUSED(dense, dense, CONVOY_BAD_VALUE);
    }
    dense.weight_format = CONVOY_WEIGHT_FLOAT32;
    dense.out_features = dense.channels = dense.height = dense.width = CONVOY_MAX_EXTENT;
    CHECK_REFUSED(dense, dense, CONVOY_OVERFLOW); /* the weights alone: one image would fit */

    check_context("pool2d, bad fields");
    convoy_pool2d_desc pool = {.struct_size = sizeof pool,
                               .batch = 1,
                               .height = 6,
                               .width = 6,
                               .channels = 1,
                               .out_height = 3,
                               .out_width = 3,
                               .kernel_h = 2,
                               .kernel_w = 2,
                               .stride_h = 2,
                               .stride_w = 2};
    convoy_pool2d_desc bad = pool;
    bad.pad_top = 2; /* the first window holds padding alone */
    CHECK_REFUSED(pool2d, bad, CONVOY_BAD_VALUE);
    bad = pool;
    bad.out_width = 4; /* the last window begins beyond the image */
    CHECK_REFUSED(pool2d, bad, CONVOY_BAD_VALUE);
    bad = pool;
    bad.kind = 4;
    CHECK_REFUSED(pool2d, bad, CONVOY_BAD_VALUE);
    bad = pool;
    bad.kind = -1;
    CHECK_REFUSED(pool2d, bad, CONVOY_BAD_VALUE);
    bad = pool;
    bad.stride_h = 0;
    CHECK_REFUSED(pool2d, bad, CONVOY_BAD_VALUE);

    check_context("lrn, bad fields");
    convoy_lrn_desc lrn = {.struct_size = sizeof lrn, .batch = 1, .height = 1, .width = 1, .channels = 1, .size = 1};
    lrn.alpha = NAN;
    CHECK_REFUSED(lrn, lrn, CONVOY_BAD_VALUE);
    lrn.alpha = 1.0f;
    lrn.k = HUGE_VALF;
    CHECK_REFUSED(lrn, lrn, CONVOY_BAD_VALUE);
    lrn.k = 1.0f;
    lrn.size = 0;
    CHECK_REFUSED(lrn, lrn, CONVOY_BAD_VALUE);

    check_context("elementwise, concat and transform, bad fields");
    convoy_elementwise_desc elementwise = {
        .struct_size = sizeof elementwise, .batch = 1, .height = 1, .width = 1, .channels = 1, .kind = 2};
    CHECK_REFUSED(elementwise, elementwise, CONVOY_BAD_VALUE);
    elementwise.kind = 0;
    elementwise.activation = -1;
    CHECK_REFUSED(elementwise, elementwise, CONVOY_BAD_VALUE);
    convoy_concat_desc concat = {.struct_size = sizeof concat,
                                 .batch = 1,
                                 .height = 1,
                                 .width = 1,
                                 .channels = 4,
                                 .out_channels = 9,
                                 .channel_offset = 6};
    CHECK_REFUSED(concat, concat, CONVOY_BAD_VALUE);
    concat.channel_offset = -1;
    CHECK_REFUSED(concat, concat, CONVOY_BAD_VALUE);
    convoy_transform_desc transform = {
        .struct_size = sizeof transform, .batch = 1, .height = 1, .width = 1, .channels = 1, .kind = 3};
    CHECK_REFUSED(transform, transform, CONVOY_BAD_VALUE);
}

int main(void) {
    names_and_sizes();
    plans_refuse_bad_arguments();
    conv2d_refuses_bad_fields();
    others_refuse_bad_fields();
    return check_summary();
}
