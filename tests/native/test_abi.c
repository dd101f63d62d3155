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
    CHECK(strcmp(convoy_algorithm_name(CONVOY_ALGORITHM_LANES), "images in lanes") == 0);
    CHECK(strcmp(convoy_activation_name(CONVOY_ACTIVATION_NONE), "none") == 0);
    CHECK(strcmp(convoy_activation_name(CONVOY_ACTIVATION_LEAKY_RELU), "leakyrelu") == 0);
    CHECK(strcmp(convoy_activation_name(CONVOY_ACTIVATION_PARAMETRIC_RELU), "prelu") == 0);
    CHECK_EQUAL(convoy_isa_supported(CONVOY_ISA_SCALAR), 1);
    CHECK_EQUAL(convoy_isa_supported(CONVOY_ISA_AUTO), 0);
    CHECK_EQUAL(convoy_isa_supported(77), 0);
    CHECK_EQUAL(convoy_isa_supported(convoy_best_isa()), 1);
}

typedef const char *name_function(int32_t number);

/* Numbers first to last, and no others, have names: one each, with no hole between. */
static void check_names(name_function *name_of, int32_t first, int32_t last) {
    for (int32_t number = first - 2; number <= last + 2; number++) {
        const char *name = name_of(number);
        if (!CHECK(name != NULL) || !CHECK((strcmp(name, "unknown") != 0) == (number >= first && number <= last))) {
            continue;
        }
        for (int32_t other = first; other <= last; other++) {
            CHECK(number < first || number > last || (strcmp(name, name_of(other)) == 0) == (number == other));
        }
    }
}

static void tables_have_no_holes(void) {
    check_context("tables");
    check_names(convoy_isa_name, CONVOY_ISA_AUTO, CONVOY_ISA_NEON);
    check_names(convoy_algorithm_name, CONVOY_ALGORITHM_DIRECT, CONVOY_ALGORITHM_DEPTHWISE);
    check_names(convoy_phase_name, CONVOY_PHASE_WHOLE, CONVOY_PHASE_GEMM);
    check_names(convoy_activation_name, CONVOY_ACTIVATION_NONE, CONVOY_ACTIVATION_COUNT - 1);
    for (int32_t which = -1; which <= CONVOY_CONSTANT_EXPONENT_CODED_BITS + 1; which++) {
        CHECK((convoy_constant_value(which) > 0) == (which >= 0 && which <= CONVOY_CONSTANT_EXPONENT_CODED_BITS));
    }
    CHECK_EQUAL((int64_t)convoy_struct_size("convoy_conv2d_desc"), sizeof(convoy_conv2d_desc));
    CHECK_EQUAL((int64_t)convoy_struct_size("convoy_run_args"), sizeof(convoy_run_args));
    CHECK_EQUAL((int64_t)convoy_struct_size("convoy_desc"), 0);
    CHECK_EQUAL((int64_t)convoy_struct_size(NULL), 0);
    CHECK_EQUAL(convoy_constant_value(CONVOY_CONSTANT_ALIGNMENT), CONVOY_ALIGNMENT);
    CHECK_EQUAL(convoy_constant_value(CONVOY_CONSTANT_MAX_EXTENT), CONVOY_MAX_EXTENT);
    CHECK_EQUAL(convoy_constant_value(CONVOY_CONSTANT_CHAIN_LAYERS), CONVOY_CHAIN_LAYERS);
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
        bad.header.struct_size += 4;                                                                                   \
        CHECK_REFUSED(name, bad, CONVOY_BAD_STRUCT_SIZE);                                                              \
        bad = good;                                                                                                    \
        bad.header.isa = 5;                                                                                            \
        CHECK_REFUSED(name, bad, CONVOY_BAD_VALUE);                                                                    \
        bad.header.isa = convoy_isa_supported(CONVOY_ISA_NEON) ? CONVOY_ISA_AVX2 : CONVOY_ISA_NEON;                    \
        CHECK_REFUSED(name, bad, CONVOY_UNSUPPORTED);                                                                  \
        static const int32_t bad_extents[] = {0, -1, CONVOY_MAX_EXTENT + 1, INT32_MIN, INT32_MAX};                     \
        for (size_t i = 0; i < 5; i++) {                                                                               \
            bad = good;                                                                                                \
            bad.header.batch = bad_extents[i];                                                                         \
            CHECK_REFUSED(name, bad, CONVOY_BAD_VALUE);                                                                \
            bad = good;                                                                                                \
            bad.input.height = bad_extents[i];                                                                         \
            CHECK_REFUSED(name, bad, CONVOY_BAD_VALUE);                                                                \
            bad = good;                                                                                                \
            bad.input.width = bad_extents[i];                                                                          \
            CHECK_REFUSED(name, bad, CONVOY_BAD_VALUE);                                                                \
        }                                                                                                              \
        bad = good;                                                                                                    \
        bad.header.batch = bad.input.height = bad.input.width = CONVOY_MAX_EXTENT;                                     \
        bad.CHANNELS_OF_##name = CONVOY_MAX_EXTENT;                                                                    \
        CHECK_REFUSED(name, bad, CONVOY_OVERFLOW);                                                                     \
    } while (0)

#define CHANNELS_OF_conv2d        input.channels
#define CHANNELS_OF_dense         input.channels
#define CHANNELS_OF_pool2d        input.channels
#define CHANNELS_OF_lrn           input.channels
#define CHANNELS_OF_activate      input.channels
#define CHANNELS_OF_binary        input.channels
#define CHANNELS_OF_softmax       input.channels
#define CHANNELS_OF_pad2d         input.channels
#define CHANNELS_OF_instance_norm input.channels
#define CHANNELS_OF_concat        out_channels
#define CHANNELS_OF_transform     input.channels

/* A descriptor of 2 images of 3x3x4, with what else its operator wants. */
#define VALID(name, ...)                                                                                               \
    ((convoy_##name##_desc){                                                                                           \
        .header = {.struct_size = sizeof(convoy_##name##_desc), .batch = 2}, .input = {3, 3, 4}, __VA_ARGS__})

static void plans_refuse_bad_arguments(void) {
    CHECK_PLAN_ARGUMENTS(conv2d, small_conv2d());
    CHECK_PLAN_ARGUMENTS(dense, VALID(dense, .out_features = 5));
    CHECK_PLAN_ARGUMENTS(pool2d, VALID(pool2d, .kind = CONVOY_POOL_ADAPTIVE_AVERAGE, .out_height = 2, .out_width = 2));
    CHECK_PLAN_ARGUMENTS(lrn, VALID(lrn, .size = 5, .alpha = 1.0f, .beta = 0.75f, .k = 1.0f));
    CHECK_PLAN_ARGUMENTS(activate, VALID(activate, .activation = {.kind = CONVOY_ACTIVATION_RELU}));
    CHECK_PLAN_ARGUMENTS(binary, VALID(binary, .kind = CONVOY_BINARY_ADD));
    CHECK_PLAN_ARGUMENTS(softmax, VALID(softmax, .kind = CONVOY_SOFTMAX_LOG));
    CHECK_PLAN_ARGUMENTS(instance_norm, VALID(instance_norm, .epsilon = 1.0f));
    CHECK_PLAN_ARGUMENTS(pad2d, VALID(pad2d, .value = 1.0f));
    CHECK_PLAN_ARGUMENTS(concat, VALID(concat, .out_channels = 9, .channel_offset = 5));
    CHECK_PLAN_ARGUMENTS(transform, VALID(transform, .kind = CONVOY_TRANSFORM_NCHW_TO_NHWC));
}

/* Sets one field of a valid descriptor to a value that must be refused. */
#define CHECK_FIELD(name, valid, field, value, status)                                                                 \
    do {                                                                                                               \
        convoy_##name##_desc bad = (valid);                                                                            \
        check_context(#name " with " #field " = " #value);                                                             \
        bad.field = (value);                                                                                           \
        CHECK_REFUSED(name, bad, status);                                                                              \
    } while (0)

#define CHECK_CONV_FIELD(field, value, status) CHECK_FIELD(conv2d, small_conv2d(), field, value, status)

static void conv2d_refuses_bad_fields(void) {
    CHECK_CONV_FIELD(input.channels, 0, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(input.channels, 7, CONVOY_BAD_VALUE); /* groups do not divide */
    CHECK_CONV_FIELD(out_channels, -4, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(out_channels, 9, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(window.kernel_h, 0, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(window.kernel_w, -3, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(window.kernel_h, 10, CONVOY_BAD_VALUE); /* larger than the padded image */
    CHECK_CONV_FIELD(window.stride_h, 0, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(window.stride_w, INT32_MAX, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(dilation_h, 0, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(dilation_w, 5, CONVOY_BAD_VALUE); /* the window outgrows the image */
    CHECK_CONV_FIELD(window.pad_top, -1, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(window.pad_left, INT32_MIN, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(window.pad_bottom, CONVOY_MAX_EXTENT + 1, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(window.pad_right, INT32_MAX, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(groups, 0, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(activation.kind, CONVOY_ACTIVATION_COUNT, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(activation.kind, -1, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(activation, ((convoy_activation_desc){CONVOY_ACTIVATION_CLIP, NAN, 1.0f}), CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(activation, ((convoy_activation_desc){CONVOY_ACTIVATION_CLIP, 0.0f, NAN}), CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(input_layout, -1, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(input_layout, 2, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(map_channels, -1, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(map_channels, 7, CONVOY_BAD_VALUE); /* fewer than the convolution has */
    CHECK_CONV_FIELD(map_channels, CONVOY_MAX_EXTENT + 1, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(channel_offset, -1, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(channel_offset, 1, CONVOY_BAD_VALUE); /* beyond the map */
    CHECK_CONV_FIELD(has_residual, -1, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(has_residual, 2, CONVOY_BAD_VALUE);
    CHECK_CONV_FIELD(points, 4, CONVOY_UNSUPPORTED); /* direct */
    CHECK_CONV_FIELD(algorithm, 0, CONVOY_UNSUPPORTED);
    CHECK_CONV_FIELD(algorithm, -1, CONVOY_UNSUPPORTED);
    CHECK_CONV_FIELD(algorithm, CONVOY_ALGORITHM_SIMPLE, CONVOY_UNSUPPORTED);
    CHECK_CONV_FIELD(algorithm, CONVOY_ALGORITHM_LANES, CONVOY_UNSUPPORTED);
    CHECK_CONV_FIELD(algorithm, CONVOY_ALGORITHM_DEPTHWISE, CONVOY_UNSUPPORTED); /* channels that add up */
    CHECK_CONV_FIELD(algorithm, CONVOY_ALGORITHM_COUNT, CONVOY_UNSUPPORTED);
    CHECK_CONV_FIELD(algorithm, CONVOY_ALGORITHM_WINOGRAD, CONVOY_BAD_VALUE); /* without points */
}

static void others_refuse_bad_fields(void) {
    check_context("dense, bad fields");
    convoy_dense_desc dense = dense_of(1, 1, 1, 4, 0, CONVOY_ACTIVATION_NONE);
    CHECK_REFUSED(dense, dense, CONVOY_BAD_VALUE); /* no outputs */
    dense.out_features = 3;
    static const int32_t no_formats[] = {-1, CONVOY_WEIGHT_BFLOAT16 + 1};
    for (size_t i = 0; i < sizeof no_formats / sizeof no_formats[0]; i++) {
        dense.weight_format = no_formats[i];
        CHECK_REFUSED(dense, dense, CONVOY_BAD_VALUE);
    }
    dense.weight_format = CONVOY_WEIGHT_FLOAT32;
    dense.out_features = dense.input.channels = dense.input.height = dense.input.width = CONVOY_MAX_EXTENT;
    CHECK_REFUSED(dense, dense, CONVOY_OVERFLOW); /* the weights alone: one image would fit */

    const convoy_pool2d_desc pool = pool2d_of(CONVOY_POOL_MAX, 1, 6, 1, 3, 2, 2, 0);
    CHECK_FIELD(pool2d, pool, window.pad_top, 2, CONVOY_BAD_VALUE); /* the first window holds padding alone */
    CHECK_FIELD(pool2d, pool, out_width, 4, CONVOY_BAD_VALUE);      /* the last window begins beyond the image */
    CHECK_FIELD(pool2d, pool, kind, CONVOY_POOL_ADAPTIVE_MAX + 1, CONVOY_BAD_VALUE);
    CHECK_FIELD(pool2d, pool, kind, -1, CONVOY_BAD_VALUE);
    CHECK_FIELD(pool2d, pool, window.stride_h, 0, CONVOY_BAD_VALUE);
    CHECK_FIELD(pool2d, pool, dilation_h, 0, CONVOY_BAD_VALUE);
    CHECK_FIELD(pool2d, pool, dilation_w, INT32_MAX, CONVOY_BAD_VALUE);
    convoy_pool2d_desc wide = pool2d_of(CONVOY_POOL_MAX, 1, 3, 1, 1, 2, 1, 2); /* rows -2 and 3 of three */
    CHECK_FIELD(pool2d, wide, dilation_h, 5, CONVOY_BAD_VALUE);
    CHECK_FIELD(pool2d, wide, dilation_w, 5, CONVOY_BAD_VALUE);

    const convoy_lrn_desc lrn = VALID(lrn, .size = 1, .alpha = 1.0f, .k = 1.0f);
    CHECK_FIELD(lrn, lrn, alpha, NAN, CONVOY_BAD_VALUE);
    CHECK_FIELD(lrn, lrn, k, HUGE_VALF, CONVOY_BAD_VALUE);
    CHECK_FIELD(lrn, lrn, size, 0, CONVOY_BAD_VALUE);
    CHECK_FIELD(lrn, lrn, alignment, -1, CONVOY_BAD_VALUE);
    CHECK_FIELD(lrn, lrn, alignment, CONVOY_LRN_ALIGNMENT_COUNT, CONVOY_BAD_VALUE);

    check_context("element-wise, softmax, pad, concat and transform, bad fields");
    convoy_activate_desc activate = VALID(activate, .activation = {.kind = -1});
    CHECK_REFUSED(activate, activate, CONVOY_BAD_VALUE);
    activate.activation.kind = CONVOY_ACTIVATION_COUNT;
    CHECK_REFUSED(activate, activate, CONVOY_BAD_VALUE);
    activate.activation = (convoy_activation_desc){CONVOY_ACTIVATION_LEAKY_RELU, NAN, 0.0f};
    CHECK_REFUSED(activate, activate, CONVOY_BAD_VALUE);
    const convoy_binary_desc binaries[] = {
        VALID(binary, .kind = -1),
        VALID(binary, .kind = CONVOY_BINARY_MAXIMUM + 1),
        VALID(binary, .operand = -1),
        VALID(binary, .operand = CONVOY_OPERAND_COUNT),
        VALID(binary, .operand = CONVOY_OPERAND_SCALAR, .is_operand_first = 2),
        VALID(binary, .operand = CONVOY_OPERAND_SCALAR, .is_operand_first = -1),
        VALID(binary, .operand = CONVOY_OPERAND_TENSOR, .is_operand_first = 1),
        VALID(binary, .activation = {.kind = CONVOY_ACTIVATION_COUNT}),
    };
    for (size_t i = 0; i < sizeof binaries / sizeof binaries[0]; i++) {
        CHECK_REFUSED(binary, binaries[i], CONVOY_BAD_VALUE);
    }
    const convoy_softmax_desc softmaxes[] = {VALID(softmax, .kind = -1),
                                             VALID(softmax, .kind = CONVOY_SOFTMAX_LOG + 1)};
    CHECK_REFUSED(softmax, softmaxes[0], CONVOY_BAD_VALUE);
    CHECK_REFUSED(softmax, softmaxes[1], CONVOY_BAD_VALUE);
    const convoy_instance_norm_desc norm = VALID(instance_norm, .epsilon = 0.0f);
    CHECK_FIELD(instance_norm, norm, epsilon, -1.0f, CONVOY_BAD_VALUE);
    CHECK_FIELD(instance_norm, norm, epsilon, NAN, CONVOY_BAD_VALUE);
    CHECK_FIELD(instance_norm, norm, epsilon, HUGE_VALF, CONVOY_BAD_VALUE);
    CHECK_FIELD(instance_norm, norm, activation.kind, CONVOY_ACTIVATION_COUNT, CONVOY_BAD_VALUE);
    const convoy_pad2d_desc pads[] = {
        VALID(pad2d, .pad_top = -1),
        VALID(pad2d, .pad_left = -1),
        VALID(pad2d, .pad_bottom = CONVOY_MAX_EXTENT + 1),
        VALID(pad2d, .pad_right = INT32_MAX),
        VALID(pad2d, .pad_top = CONVOY_MAX_EXTENT), /* the output is too large */
    };
    for (size_t i = 0; i < sizeof pads / sizeof pads[0]; i++) {
        CHECK_REFUSED(pad2d, pads[i], CONVOY_BAD_VALUE);
    }
    const convoy_concat_desc concat = VALID(concat, .out_channels = 9, .channel_offset = 5);
    CHECK_FIELD(concat, concat, channel_offset, 6, CONVOY_BAD_VALUE);
    CHECK_FIELD(concat, concat, channel_offset, -1, CONVOY_BAD_VALUE);
    CHECK_FIELD(transform, VALID(transform, .kind = 0), kind, 3, CONVOY_BAD_VALUE);
}

/* Two rows of three out of an image of eight floats. */
static convoy_rearrange_desc small_rearrange(void) {
    return (convoy_rearrange_desc){
        .header = {.struct_size = sizeof(convoy_rearrange_desc), .batch = 2},
        .axis_count = 2,
        .input_count = 8,
        .offset = 1,
        .axes = {{2, 4}, {3, 1}},
    };
}

#define CHECK_REARRANGE_FIELD(field, value, status) CHECK_FIELD(rearrange, small_rearrange(), field, value, status)

/* Whatever is not read lies in the image. */
static void rearrange_refuses_bad_fields(void) {
    const convoy_rearrange_desc good = small_rearrange();
    convoy_plan plan = {.struct_size = sizeof plan};
    CHECK_EQUAL(convoy_plan_rearrange(&good, &plan), CONVOY_OK);
    CHECK_EQUAL((int64_t)plan.input_image_bytes, 32);
    CHECK_EQUAL((int64_t)plan.output_image_bytes, 24);
    CHECK_EQUAL(convoy_plan_rearrange(NULL, &plan), CONVOY_NULL_POINTER);
    CHECK_REARRANGE_FIELD(header.struct_size, sizeof good - 8, CONVOY_BAD_STRUCT_SIZE);
    CHECK_REARRANGE_FIELD(header.batch, 0, CONVOY_BAD_VALUE);
    CHECK_REARRANGE_FIELD(axis_count, 0, CONVOY_BAD_VALUE);
    CHECK_REARRANGE_FIELD(axis_count, CONVOY_REARRANGE_AXES + 1, CONVOY_BAD_VALUE);
    CHECK_REARRANGE_FIELD(input_count, 0, CONVOY_BAD_VALUE);
    CHECK_REARRANGE_FIELD(input_count, 7, CONVOY_BAD_VALUE); /* the last one is behind it */
    CHECK_REARRANGE_FIELD(offset, 2, CONVOY_BAD_VALUE);
    CHECK_REARRANGE_FIELD(offset, -1, CONVOY_BAD_VALUE);
    CHECK_REARRANGE_FIELD(offset, INT64_MAX, CONVOY_BAD_VALUE);
    CHECK_REARRANGE_FIELD(offset, INT64_MIN, CONVOY_BAD_VALUE);
    CHECK_REARRANGE_FIELD(axes[0].extent, 3, CONVOY_BAD_VALUE);
    CHECK_REARRANGE_FIELD(axes[1].extent, 0, CONVOY_BAD_VALUE);
    CHECK_REARRANGE_FIELD(axes[1].extent, INT64_MIN, CONVOY_BAD_VALUE);
    CHECK_REARRANGE_FIELD(axes[0].stride, 5, CONVOY_BAD_VALUE);
    CHECK_REARRANGE_FIELD(axes[0].stride, -2, CONVOY_BAD_VALUE);
    CHECK_REARRANGE_FIELD(axes[0].stride, INT64_MAX, CONVOY_BAD_VALUE);
    CHECK_REARRANGE_FIELD(axes[1].stride, INT64_MAX, CONVOY_BAD_VALUE);
    CHECK_REARRANGE_FIELD(axes[1].stride, INT64_MIN, CONVOY_BAD_VALUE);
    CHECK_REARRANGE_FIELD(input_count, INT64_MAX, CONVOY_OVERFLOW);
    CHECK_REARRANGE_FIELD(axes[0], ((convoy_axis){INT64_MAX, 0}), CONVOY_OVERFLOW); /* repeated too often */
    CHECK_REARRANGE_FIELD(axes[0], ((convoy_axis){INT64_MAX / 12, 0}), CONVOY_OVERFLOW);
}

int main(void) {
    names_and_sizes();
    tables_have_no_holes();
    plans_refuse_bad_arguments();
    conv2d_refuses_bad_fields();
    others_refuse_bad_fields();
    rearrange_refuses_bad_fields();
    return check_summary();
}
