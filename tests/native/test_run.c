/* Bad arguments of packing and running: an error status for each, and nothing written. */
#include "check.h"
#include "convoy.h"
#include "layers.h"

#include <string.h>

/* A planned convolution and arguments that run it. */
typedef struct prepared {
    convoy_plan plan;
    convoy_run_args args;
} prepared;

static _Alignas(64) float input[4 * 8 * 8 * 6 + 1];
static _Alignas(64) float output[4 * 7 * 7 * 10 + 1];
static _Alignas(64) float weights[10 * 3 * 3 * 3 + 1];
static _Alignas(64) unsigned char packed[1 << 16];
static _Alignas(64) unsigned char scratch[1 << 18];
static _Alignas(64) unsigned char workspace[1 << 18];
static float bias[10];
static float residual[4 * 7 * 7 * 10 + 1];

static prepared prepare(int32_t algorithm) {
    convoy_conv2d_desc desc = small_conv2d();
    desc.algorithm = algorithm;
    desc.points = algorithm == CONVOY_ALGORITHM_WINOGRAD ? 6 : 0;
    prepared it = {.plan = {.struct_size = sizeof(convoy_plan)}};
    CHECK_EQUAL(convoy_plan_conv2d(&desc, &it.plan), CONVOY_OK);
    CHECK(it.plan.packed_bytes <= sizeof packed && it.plan.scratch_bytes <= sizeof scratch &&
          it.plan.workspace_bytes <= sizeof workspace);
    it.args = (convoy_run_args){
        .struct_size = sizeof(convoy_run_args),
        .images = 4,
        .input = {input, 4 * it.plan.input_image_bytes},
        .packed = {packed, it.plan.packed_bytes},
        .bias = {bias, it.plan.bias_count * sizeof(float)},
        .output = {output, 4 * it.plan.output_image_bytes},
        .scratch = {scratch, it.plan.scratch_bytes},
        .workspace = {workspace, it.plan.workspace_bytes},
    };
    return it;
}

/* Runs what must be refused; the output must stay as it was. */
static void check_run(const convoy_plan *plan, const convoy_run_args *args, int32_t phase, int64_t first, int64_t end,
                      int32_t status) {
    static float before[sizeof output / sizeof output[0]];
    memcpy(before, output, sizeof output);
    CHECK_EQUAL(convoy_run(plan, args, phase, first, end), status);
    CHECK(memcmp(before, output, sizeof output) == 0);
}

#define CHECK_RUN_WITH(change, status)                                                                                 \
    do {                                                                                                               \
        prepared it = prepare(algorithm);                                                                              \
        check_context("run with " #change);                                                                            \
        it.change;                                                                                                     \
        check_run(&it.plan, &it.args, phase, 0, 1, status);                                                            \
    } while (0)

static int64_t items_of(const convoy_plan *plan, int32_t images, int32_t phase) {
    int64_t items = -1;
    CHECK_EQUAL(convoy_work_items(plan, images, phase, &items), CONVOY_OK);
    return items;
}

static void runs_refuse_bad_arguments(int32_t algorithm) {
    prepared it = prepare(algorithm);
    const int32_t phase = it.plan.phases - 1; /* the one that writes the output */
    const int64_t items = items_of(&it.plan, 4, phase);
    memset(output, 0x11, sizeof output);
    check_context("run, ranges and pointers");
    check_run(NULL, &it.args, phase, 0, 1, CONVOY_NULL_POINTER);
    check_run(&it.plan, NULL, phase, 0, 1, CONVOY_NULL_POINTER);
    check_run(&it.plan, &it.args, phase, -1, 1, CONVOY_BAD_RANGE);
    check_run(&it.plan, &it.args, phase, 1, 0, CONVOY_BAD_RANGE);
    check_run(&it.plan, &it.args, phase, 0, items + 1, CONVOY_BAD_RANGE);
    check_run(&it.plan, &it.args, phase, INT64_MIN, INT64_MAX, CONVOY_BAD_RANGE);
    check_run(&it.plan, &it.args, -1, 0, 1, CONVOY_BAD_RANGE);
    check_run(&it.plan, &it.args, phase + 1, 0, 1, CONVOY_BAD_RANGE);
    check_run(&it.plan, &it.args, INT32_MIN, 0, 0, CONVOY_BAD_RANGE);
    check_run(&it.plan, &it.args, INT32_MAX, 0, 0, CONVOY_BAD_RANGE);
    check_run(&it.plan, &it.args, phase, 0, 0, CONVOY_OK); /* empty: nothing is written */
    check_run(&it.plan, &it.args, phase, items, items, CONVOY_OK);

    CHECK_RUN_WITH(args.struct_size -= 8, CONVOY_BAD_STRUCT_SIZE);
    CHECK_RUN_WITH(args.images = 0, CONVOY_BAD_RANGE);
    CHECK_RUN_WITH(args.images = -1, CONVOY_BAD_RANGE);
    CHECK_RUN_WITH(args.images = 5, CONVOY_BAD_RANGE);
    CHECK_RUN_WITH(args.input.data = NULL, CONVOY_NULL_POINTER);
    CHECK_RUN_WITH(args.packed.data = NULL, CONVOY_NULL_POINTER);
    CHECK_RUN_WITH(args.output.data = NULL, CONVOY_NULL_POINTER);
    CHECK_RUN_WITH(args.scratch.data = NULL, CONVOY_NULL_POINTER);
    CHECK_RUN_WITH(args.input.data = (char *)input + 2, CONVOY_MISALIGNED);
    CHECK_RUN_WITH(args.packed.data = packed + 32, CONVOY_MISALIGNED);
    CHECK_RUN_WITH(args.output.data = (char *)output + 1, CONVOY_MISALIGNED);
    CHECK_RUN_WITH(args.scratch.data = scratch + 4, CONVOY_MISALIGNED);
    CHECK_RUN_WITH(args.bias.data = (char *)bias + 3, CONVOY_MISALIGNED);
    CHECK_RUN_WITH(args.input.bytes--, CONVOY_BUFFER_TOO_SMALL);
    CHECK_RUN_WITH(args.packed.bytes--, CONVOY_BUFFER_TOO_SMALL);
    CHECK_RUN_WITH(args.bias.bytes--, CONVOY_BUFFER_TOO_SMALL);
    CHECK_RUN_WITH(args.output.bytes--, CONVOY_BUFFER_TOO_SMALL);
    CHECK_RUN_WITH(args.scratch.bytes--, CONVOY_BUFFER_TOO_SMALL);
    CHECK_RUN_WITH(plan.struct_size = 0, CONVOY_BAD_STRUCT_SIZE);
}

static void workspaces_are_checked(void) {
    const int32_t algorithm = CONVOY_ALGORITHM_WINOGRAD;
    const int32_t phase = 1;
    CHECK_RUN_WITH(args.workspace.data = NULL, CONVOY_NULL_POINTER);
    CHECK_RUN_WITH(args.workspace.data = workspace + 32, CONVOY_MISALIGNED);
    CHECK_RUN_WITH(args.workspace.bytes--, CONVOY_BUFFER_TOO_SMALL);
}

static void residuals_are_checked(int32_t algorithm) {
    check_context("a residual, %s", convoy_algorithm_name(algorithm));
    prepared it = prepare(algorithm);
    convoy_conv2d_desc desc = small_conv2d();
    desc.algorithm = algorithm;
    desc.points = it.plan.points;
    desc.has_residual = 1;
    CHECK_EQUAL(convoy_plan_conv2d(&desc, &it.plan), CONVOY_OK);
    const uint64_t bytes = 4 * it.plan.output_image_bytes;
    const int32_t phase = it.plan.phases - 1;
    CHECK_EQUAL((int64_t)it.plan.input2_image_bytes, (int64_t)it.plan.output_image_bytes);
    it.args.input2 = (convoy_buffer){NULL, bytes};
    check_run(&it.plan, &it.args, phase, 0, 1, CONVOY_NULL_POINTER);
    it.args.input2 = (convoy_buffer){(char *)residual + 1, bytes};
    check_run(&it.plan, &it.args, phase, 0, 1, CONVOY_MISALIGNED);
    it.args.input2 = (convoy_buffer){residual, bytes - 1};
    check_run(&it.plan, &it.args, phase, 0, 1, CONVOY_BUFFER_TOO_SMALL);
}

static void fewer_images_want_shorter_buffers(int32_t algorithm) {
    prepared it = prepare(algorithm);
    check_context("run with fewer images in shorter buffers, %s", convoy_algorithm_name(algorithm));
    it.args.images = 1;
    it.args.input.bytes /= 4;
    it.args.output.bytes /= 4;
    CHECK(items_of(&it.plan, 1, 0) < items_of(&it.plan, 4, 0));
    CHECK_EQUAL(convoy_pack(&it.plan, weights, it.plan.weight_count, packed, it.plan.packed_bytes), CONVOY_OK);
    for (int32_t phase = 0; phase < it.plan.phases; phase++) {
        const int64_t items = items_of(&it.plan, 1, phase);
        check_run(&it.plan, &it.args, phase, 0, items + 1, CONVOY_BAD_RANGE);
        CHECK_EQUAL(convoy_run(&it.plan, &it.args, phase, 0, items), CONVOY_OK);
    }
}

/* Whatever bit is turned, and in a plan of garbage, what is returned is a status. */
static void altered_plans_are_refused(int32_t algorithm) {
    prepared it = prepare(algorithm);
    check_context("altered plans, %s", convoy_algorithm_name(algorithm));
    for (size_t byte = sizeof it.plan.struct_size; byte < sizeof it.plan; byte++) {
        convoy_plan altered = it.plan;
        unsigned char bytes[sizeof altered];
        memcpy(bytes, &altered, sizeof altered);
        bytes[byte] ^= (unsigned char)(1u << random_between(0, 7));
        memcpy(&altered, bytes, sizeof altered);
        int64_t items = 0;
        CHECK_EQUAL(convoy_work_items(&altered, 1, 0, &items), CONVOY_BAD_PLAN);
        CHECK_EQUAL(convoy_pack(&altered, weights, it.plan.weight_count, packed, sizeof packed), CONVOY_BAD_PLAN);
        check_run(&altered, &it.args, 0, 0, 1, CONVOY_BAD_PLAN);
    }
    convoy_plan garbage;
    memset(&garbage, 0xa5, sizeof garbage);
    check_run(&garbage, &it.args, 0, 0, 1, CONVOY_BAD_STRUCT_SIZE);
    garbage.struct_size = sizeof garbage;
    check_run(&garbage, &it.args, 0, 0, 1, CONVOY_BAD_PLAN);
    convoy_plan never_made = {.struct_size = sizeof never_made};
    check_run(&never_made, &it.args, 0, 0, 1, CONVOY_BAD_PLAN);
}

static void pack_and_work_items_refuse_bad_arguments(void) {
    prepared it = prepare(CONVOY_ALGORITHM_DIRECT);
    const uint64_t count = it.plan.weight_count;
    const uint64_t bytes = it.plan.packed_bytes;
    int64_t items = 0;
    check_context("pack");
    CHECK_EQUAL(convoy_pack(NULL, weights, count, packed, bytes), CONVOY_NULL_POINTER);
    CHECK_EQUAL(convoy_pack(&it.plan, NULL, count, packed, bytes), CONVOY_NULL_POINTER);
    CHECK_EQUAL(convoy_pack(&it.plan, weights, count, NULL, bytes), CONVOY_NULL_POINTER);
    CHECK_EQUAL(convoy_pack(&it.plan, weights, count - 1, packed, bytes), CONVOY_BUFFER_TOO_SMALL);
    CHECK_EQUAL(convoy_pack(&it.plan, weights, count, packed, bytes - 1), CONVOY_BUFFER_TOO_SMALL);
    CHECK_EQUAL(convoy_pack(&it.plan, weights, count, packed + 4, bytes), CONVOY_MISALIGNED);
    check_context("work items");
    CHECK_EQUAL(convoy_work_items(NULL, 1, 0, &items), CONVOY_NULL_POINTER);
    CHECK_EQUAL(convoy_work_items(&it.plan, 1, 0, NULL), CONVOY_NULL_POINTER);
    CHECK_EQUAL(convoy_work_items(&it.plan, 0, 0, &items), CONVOY_BAD_RANGE);
    CHECK_EQUAL(convoy_work_items(&it.plan, 5, 0, &items), CONVOY_BAD_RANGE);
    CHECK_EQUAL(convoy_work_items(&it.plan, 4, 0, &items), CONVOY_OK);
    CHECK_EQUAL(items, it.plan.work_items);
    CHECK_EQUAL(convoy_work_items(&it.plan, 4, -1, &items), CONVOY_BAD_RANGE);
    CHECK_EQUAL(convoy_work_items(&it.plan, 4, it.plan.phases, &items), CONVOY_BAD_RANGE);
}

static void operators_with_more_inputs_want_them(void) {
    check_context("a second input");
    convoy_binary_desc add = {.header = {.struct_size = sizeof add, .batch = 1}, .input = {1, 1, 8}};
    prepared it = prepare(CONVOY_ALGORITHM_DIRECT);
    CHECK_EQUAL(convoy_plan_binary(&add, &it.plan), CONVOY_OK);
    it.args.images = 1;
    it.args.input2 = (convoy_buffer){NULL, 32};
    check_run(&it.plan, &it.args, 0, 0, 1, CONVOY_NULL_POINTER);
    it.args.input2 = (convoy_buffer){weights, 31};
    check_run(&it.plan, &it.args, 0, 0, 1, CONVOY_BUFFER_TOO_SMALL);
    CHECK_EQUAL(convoy_pack(&it.plan, NULL, 0, NULL, 0), CONVOY_OK); /* nothing to pack */

    check_context("scales and shifts");
    convoy_transform_desc bytes = {
        .header = {.struct_size = sizeof bytes, .batch = 1},
        .input = {1, 1, 8},
        .kind = CONVOY_TRANSFORM_BYTES_TO_FLOATS,
    };
    CHECK_EQUAL(convoy_plan_transform(&bytes, &it.plan), CONVOY_OK);
    it.args.bias = (convoy_buffer){NULL, 0};
    check_run(&it.plan, &it.args, 0, 0, 1, CONVOY_NULL_POINTER);
}

/* A constant is required, as is a slope a channel. */
static void constants_and_slopes_are_checked(void) {
    check_context("a constant");
    prepared it = prepare(CONVOY_ALGORITHM_DIRECT);
    convoy_binary_desc multiply = {
        .header = {.struct_size = sizeof multiply, .batch = 1},
        .input = {1, 1, 8},
        .kind = CONVOY_BINARY_MULTIPLY,
        .operand = CONVOY_OPERAND_CHANNELS,
    };
    CHECK_EQUAL(convoy_plan_binary(&multiply, &it.plan), CONVOY_OK);
    CHECK_EQUAL((int64_t)it.plan.bias_count, 8);
    it.args.images = 1;
    it.args.bias = (convoy_buffer){NULL, 32};
    check_run(&it.plan, &it.args, 0, 0, 1, CONVOY_NULL_POINTER);
    it.args.bias = (convoy_buffer){bias, 31};
    check_run(&it.plan, &it.args, 0, 0, 1, CONVOY_BUFFER_TOO_SMALL);

    check_context("slopes");
    convoy_activate_desc prelu = {
        .header = {.struct_size = sizeof prelu, .batch = 1},
        .input = {1, 1, 8},
        .activation = {.kind = CONVOY_ACTIVATION_PARAMETRIC_RELU},
    };
    CHECK_EQUAL(convoy_plan_activate(&prelu, &it.plan), CONVOY_OK);
    CHECK_EQUAL((int64_t)it.plan.slope_count, 8);
    it.args.slopes = (convoy_buffer){NULL, 32};
    check_run(&it.plan, &it.args, 0, 0, 1, CONVOY_NULL_POINTER);
    it.args.slopes = (convoy_buffer){bias, 31};
    check_run(&it.plan, &it.args, 0, 0, 1, CONVOY_BUFFER_TOO_SMALL);
    it.args.slopes = (convoy_buffer){(char *)bias + 1, 32};
    check_run(&it.plan, &it.args, 0, 0, 1, CONVOY_MISALIGNED);
}

int main(void) {
    static const int32_t algorithms[] = {CONVOY_ALGORITHM_DIRECT, CONVOY_ALGORITHM_WINOGRAD};
    for (size_t i = 0; i < 2; i++) {
        runs_refuse_bad_arguments(algorithms[i]);
        residuals_are_checked(algorithms[i]);
        fewer_images_want_shorter_buffers(algorithms[i]);
        altered_plans_are_refused(algorithms[i]);
    }
    workspaces_are_checked();
    pack_and_work_items_refuse_bad_arguments();
    operators_with_more_inputs_want_them();
    constants_and_slopes_are_checked();
    return check_summary();
}
