/* Convolutions of the largest extents there may be, at random: their plans come to a status, not to arithmetic that
 * wraps. */
#include "check.h"
#include "convoy.h"

#include <string.h>

static const int32_t extremes[] = {1, 2, 3, 7, 1000, CONVOY_MAX_EXTENT - 1, CONVOY_MAX_EXTENT, 0, -1, INT32_MAX};

static const int32_t algorithms[] = {CONVOY_ALGORITHM_DIRECT, CONVOY_ALGORITHM_WINOGRAD, CONVOY_ALGORITHM_DEPTHWISE};

enum { ALGORITHMS = sizeof algorithms / sizeof algorithms[0] };

/* Seldom one that no descriptor may hold. */
static int32_t extreme(void) {
    return extremes[random_between(0, random_between(0, 50) == 0 ? 9 : 6)];
}

static convoy_conv2d_desc extreme_conv2d(void) {
    convoy_conv2d_desc desc;
    int32_t fields[sizeof desc / sizeof(int32_t)];
    for (size_t f = 0; f < sizeof fields / sizeof fields[0]; f++) {
        fields[f] = extreme();
    }
    memcpy(&desc, fields, sizeof desc);
    desc.header.struct_size = sizeof desc;
    desc.header.isa = CONVOY_ISA_AUTO;
    desc.activation = (convoy_activation_desc){0};
    desc.algorithm = algorithms[random_between(0, ALGORITHMS - 1)];
    desc.points = desc.algorithm == CONVOY_ALGORITHM_WINOGRAD ? 2 * random_between(1, 4) : 0;
    desc.input_layout = random_between(0, 1);
    desc.groups = random_between(0, 1) == 0 ? 1 : desc.groups;
    if (desc.algorithm == CONVOY_ALGORITHM_DEPTHWISE && random_between(0, 3) > 0) {
        desc.groups = desc.out_channels = desc.input.channels;
    }
    if (random_between(0, 1) == 0) {
        desc.pool = (convoy_max_pool){0};
    }
    if (random_between(0, 3) > 0) {
        desc.map_channels = desc.channel_offset = 0;
    }
    if (random_between(0, 7) > 0) {
        desc.has_residual = random_between(0, 1);
    }
    if (random_between(0, 1) == 0) { /* what Winograd wants */
        desc.window.stride_w = desc.window.stride_h = random_between(1, 3);
        desc.window.kernel_h = random_between(2, 9);
        desc.window.kernel_w = random_between(2, 9);
        desc.dilation_h = desc.dilation_w = 1;
    }
    return desc;
}

static void random_extreme_plans_never_crash(void) {
    check_context("extreme descriptors");
    int32_t seen[CONVOY_ALGORITHM_COUNT][CONVOY_UNSUPPORTED + 1] = {0};
    for (int32_t i = 0; i < random_cases(30000); i++) {
        const convoy_conv2d_desc desc = extreme_conv2d();
        convoy_plan plan = {.struct_size = sizeof plan};
        const int32_t status = convoy_plan_conv2d(&desc, &plan);
        if (!CHECK(status == CONVOY_OK || status == CONVOY_BAD_VALUE || status == CONVOY_OVERFLOW ||
                   (status == CONVOY_UNSUPPORTED &&
                    (desc.algorithm != CONVOY_ALGORITHM_DIRECT || desc.pool.window.kernel_h > 0 ||
                     desc.input_layout == CONVOY_LAYOUT_NCHW || (desc.has_residual && desc.map_channels > 0))))) {
            continue;
        }
        seen[desc.algorithm][status]++;
        if (status != CONVOY_OK) {
            continue;
        }
        int64_t first = 0, last = 0;
        CHECK(plan.work_items > 0 && plan.packed_bytes > 0 && plan.cost > 0.0);
        CHECK((plan.scratch_bytes == 0) == (plan.algorithm == CONVOY_ALGORITHM_DEPTHWISE));
        CHECK((plan.workspace_bytes > 0) == (plan.algorithm == CONVOY_ALGORITHM_WINOGRAD));
        CHECK_EQUAL(convoy_work_items(&plan, plan.batch, 0, &first), CONVOY_OK);
        CHECK_EQUAL(convoy_work_items(&plan, plan.batch, plan.phases - 1, &last), CONVOY_OK);
        CHECK(first > 0 && last > 0 && first <= plan.work_items && last <= plan.work_items);
    }
    for (int32_t i = 0; i < ALGORITHMS; i++) {
        const int32_t *of = seen[algorithms[i]];
        CHECK(of[CONVOY_OK] > 0 && of[CONVOY_OVERFLOW] > 0 && of[CONVOY_BAD_VALUE] > 0 && of[CONVOY_UNSUPPORTED] > 0);
    }
}

int main(void) {
    random_extreme_plans_never_crash();
    return check_summary();
}
