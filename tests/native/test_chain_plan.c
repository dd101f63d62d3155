/* Plans of chains: what they say, and what they refuse. */
#include "chains.h"
#include "check.h"

#include <string.h>

static void check_refused(convoy_chain_desc desc, int32_t status) {
    convoy_plan plan, before;
    memset(&plan, 0x5a, sizeof plan);
    plan.struct_size = sizeof plan;
    before = plan;
    CHECK_EQUAL(convoy_plan_chain(&desc, &plan), status);
    CHECK(memcmp(&plan, &before, sizeof plan) == 0);
}

#define CHECK_FIELD(field, value, status)                                                                              \
    do {                                                                                                               \
        convoy_chain_desc desc = lenet5(4);                                                                            \
        desc.field = (value);                                                                                          \
        check_context("chain with " #field " = " #value);                                                              \
        check_refused(desc, status);                                                                                   \
    } while (0)

static void test_refusals(void) {
    CHECK_FIELD(header.struct_size, 4, CONVOY_BAD_STRUCT_SIZE);
    CHECK_FIELD(header.isa, 5, CONVOY_BAD_VALUE);
    CHECK_FIELD(header.batch, 0, CONVOY_BAD_VALUE);
    CHECK_FIELD(input.height, 0, CONVOY_BAD_VALUE);
    CHECK_FIELD(input.width, -1, CONVOY_BAD_VALUE);
    CHECK_FIELD(input.channels, CONVOY_MAX_EXTENT + 1, CONVOY_BAD_VALUE);
    CHECK_FIELD(layer_count, 0, CONVOY_BAD_VALUE);
    CHECK_FIELD(layer_count, CONVOY_CHAIN_LAYERS + 1, CONVOY_BAD_VALUE);
    CHECK_FIELD(layers[0].kind, 4, CONVOY_BAD_VALUE);
    CHECK_FIELD(layers[0].kind, -1, CONVOY_BAD_VALUE);
    CHECK_FIELD(layers[0].out_channels, 0, CONVOY_BAD_VALUE);
    CHECK_FIELD(layers[0].window.kernel_h, 33, CONVOY_BAD_VALUE); /* larger than the image */
    CHECK_FIELD(layers[1].window.kernel_w, 0, CONVOY_BAD_VALUE);
    CHECK_FIELD(layers[1].window.stride_h, 0, CONVOY_BAD_VALUE);
    CHECK_FIELD(layers[2].window.pad_left, -1, CONVOY_BAD_VALUE);
    CHECK_FIELD(layers[2].activation.kind, CONVOY_ACTIVATION_COUNT, CONVOY_BAD_VALUE);
    CHECK_FIELD(layers[2].activation.kind, -1, CONVOY_BAD_VALUE);
    CHECK_FIELD(layers[2].activation.kind, CONVOY_ACTIVATION_PARAMETRIC_RELU, CONVOY_UNSUPPORTED);
    CHECK_FIELD(layers[4].window.kernel_w, 6, CONVOY_BAD_VALUE);         /* the map is smaller by then */
    CHECK_FIELD(layers[3].kind, CONVOY_CHAIN_SOFTMAX, CONVOY_BAD_VALUE); /* not the last */
    CHECK_FIELD(input.height, 300, CONVOY_UNSUPPORTED);                  /* maps beyond the cache */
    CHECK_FIELD(layers[5].out_channels, 4000, CONVOY_UNSUPPORTED);       /* weights beyond the cache */
    CHECK_FIELD(layers[0].window.stride_w, 256, CONVOY_UNSUPPORTED);     /* beyond what a plan holds */
    CHECK_FIELD(layers[0].window.pad_top, 300, CONVOY_UNSUPPORTED);

    check_context("chain, others");
    convoy_plan plan = {.struct_size = sizeof plan};
    const convoy_chain_desc good = lenet5(4);
    CHECK_EQUAL(convoy_plan_chain(NULL, &plan), CONVOY_NULL_POINTER);
    CHECK_EQUAL(convoy_plan_chain(&good, NULL), CONVOY_NULL_POINTER);
    CHECK_EQUAL(convoy_plan_chain(&good, &plan), CONVOY_OK);
    CHECK_EQUAL(plan.work_items, 4); /* too few for micro-batches: image by image */
    CHECK_EQUAL((int64_t)plan.weight_count, 150 + 2400 + 48000 + 10080 + 840);
    CHECK_EQUAL((int64_t)plan.bias_count, 6 + 16 + 120 + 84 + 10);
    convoy_chain_desc only_softmax = chain(1, 1, 1, 10);
    append(&only_softmax, softmax());
    check_refused(only_softmax, CONVOY_BAD_VALUE);
    convoy_chain_desc work = chain(1, 16, 16, 32); /* small maps and weights, yet much to multiply */
    append(&work, conv(32, 5, 1, 2, CONVOY_ACTIVATION_NONE));
    check_refused(work, CONVOY_UNSUPPORTED);
}

/* The largest extents of everything must come to a status, not to arithmetic that wraps. */
static void test_extremes(void) {
    check_context("extreme chains");
    static const int32_t extremes[] = {1, 2, 3, 255, 256, 65535, 65536, CONVOY_MAX_EXTENT, 0, -1, INT32_MAX};
    for (int32_t i = 0; i < 20000; i++) {
        convoy_chain_desc desc;
        int32_t fields[sizeof desc / sizeof(int32_t)];
        for (size_t f = 0; f < sizeof fields / sizeof fields[0]; f++) {
            fields[f] = extremes[random_between(0, random_between(0, 20) == 0 ? 10 : random_between(2, 7))];
        }
        memcpy(&desc, fields, sizeof desc);
        desc.header.struct_size = sizeof desc;
        desc.header.isa = CONVOY_ISA_AUTO;
        desc.layer_count = random_between(1, 3);
        for (int32_t layer = 0; layer < desc.layer_count; layer++) {
            desc.layers[layer].kind = random_between(0, 2);
            desc.layers[layer].activation = (convoy_activation_desc){0};
        }
        convoy_plan plan = {.struct_size = sizeof plan};
        const int32_t status = convoy_plan_chain(&desc, &plan);
        CHECK(status == CONVOY_OK || status == CONVOY_BAD_VALUE || status == CONVOY_UNSUPPORTED ||
              status == CONVOY_OVERFLOW);
        CHECK(status != CONVOY_OK || (plan.work_items > 0 && plan.scratch_bytes > 0));
    }
}

int main(void) {
    test_refusals();
    test_extremes();
    return check_summary();
}
