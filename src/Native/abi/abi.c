/* What the ABI says about itself: its version, names, messages and the sizes of its structs. */
#include "convoy.h"

#include <assert.h>

/* A change here breaks every mirror of these structs: raise CONVOY_ABI_VERSION with it. */
static_assert(sizeof(convoy_conv2d_desc) == 120, "convoy_conv2d_desc changed size");
static_assert(sizeof(convoy_dense_desc) == 40, "convoy_dense_desc changed size");
static_assert(sizeof(convoy_pool2d_desc) == 68, "convoy_pool2d_desc changed size");
static_assert(sizeof(convoy_lrn_desc) == 40, "convoy_lrn_desc changed size");
static_assert(sizeof(convoy_elementwise_desc) == 32, "convoy_elementwise_desc changed size");
static_assert(sizeof(convoy_softmax_desc) == 24, "convoy_softmax_desc changed size");
static_assert(sizeof(convoy_concat_desc) == 32, "convoy_concat_desc changed size");
static_assert(sizeof(convoy_transform_desc) == 28, "convoy_transform_desc changed size");
static_assert(sizeof(convoy_chain_layer) == 44, "convoy_chain_layer changed size");
static_assert(sizeof(convoy_chain_desc) == 732, "convoy_chain_desc changed size");
static_assert(sizeof(convoy_max_pool) == 32, "convoy_max_pool changed size");
static_assert(sizeof(convoy_plan) == 488, "convoy_plan changed size");
#if UINTPTR_MAX == UINT64_MAX
static_assert(sizeof(convoy_buffer) == 16, "convoy_buffer changed size");
static_assert(sizeof(convoy_run_args) == 120, "convoy_run_args changed size");
#endif

uint32_t convoy_abi_version(void) {
    return CONVOY_ABI_VERSION;
}

const char *convoy_status_message(int32_t status) {
    static const char *const messages[] = {
        [CONVOY_OK] = "The call succeeded.",
        [CONVOY_NULL_POINTER] = "A required pointer is NULL.",
        [CONVOY_BAD_STRUCT_SIZE] = "A struct's size is not this library's: the caller was built for another version.",
        [CONVOY_BAD_VALUE] = "A field of the descriptor is out of range, or contradicts another.",
        [CONVOY_OVERFLOW] = "A size computed from the descriptor does not fit.",
        [CONVOY_MISALIGNED] = "A pointer is not aligned as required.",
        [CONVOY_BUFFER_TOO_SMALL] = "A buffer is shorter than the plan needs.",
        [CONVOY_BAD_RANGE] = "The work items or the number of images are outside the plan.",
        [CONVOY_BAD_PLAN] = "The plan was not filled in by this library, or has been altered.",
        [CONVOY_UNSUPPORTED] = "The CPU lacks the instruction set, or the algorithm cannot do this operator.",
    };
    static_assert(sizeof messages / sizeof messages[0] == CONVOY_UNSUPPORTED + 1, "a status has no message");
    return status >= 0 && status <= CONVOY_UNSUPPORTED ? messages[status] : "Unknown status.";
}

const char *convoy_algorithm_name(int32_t algorithm) {
    static const char *const names[] = {
        [CONVOY_ALGORITHM_AUTO] = "auto",
        [CONVOY_ALGORITHM_DIRECT] = "direct",
        [CONVOY_ALGORITHM_SIMPLE] = "simple",
        [CONVOY_ALGORITHM_WINOGRAD] = "winograd",
        [CONVOY_ALGORITHM_LANES] = "images in lanes",
    };
    static_assert(sizeof names / sizeof names[0] == CONVOY_ALGORITHM_LANES + 1, "an algorithm has no name");
    return algorithm >= 0 && algorithm <= CONVOY_ALGORITHM_LANES ? names[algorithm] : "unknown";
}

uint64_t convoy_struct_size(int32_t which) {
    static const uint64_t sizes[] = {
        [CONVOY_STRUCT_CONV2D_DESC] = sizeof(convoy_conv2d_desc),
        [CONVOY_STRUCT_DENSE_DESC] = sizeof(convoy_dense_desc),
        [CONVOY_STRUCT_POOL2D_DESC] = sizeof(convoy_pool2d_desc),
        [CONVOY_STRUCT_LRN_DESC] = sizeof(convoy_lrn_desc),
        [CONVOY_STRUCT_ELEMENTWISE_DESC] = sizeof(convoy_elementwise_desc),
        [CONVOY_STRUCT_SOFTMAX_DESC] = sizeof(convoy_softmax_desc),
        [CONVOY_STRUCT_CONCAT_DESC] = sizeof(convoy_concat_desc),
        [CONVOY_STRUCT_TRANSFORM_DESC] = sizeof(convoy_transform_desc),
        [CONVOY_STRUCT_PLAN] = sizeof(convoy_plan),
        [CONVOY_STRUCT_BUFFER] = sizeof(convoy_buffer),
        [CONVOY_STRUCT_RUN_ARGS] = sizeof(convoy_run_args),
        [CONVOY_STRUCT_CHAIN_LAYER] = sizeof(convoy_chain_layer),
        [CONVOY_STRUCT_CHAIN_DESC] = sizeof(convoy_chain_desc),
        [CONVOY_STRUCT_MAX_POOL] = sizeof(convoy_max_pool),
    };
    static_assert(sizeof sizes / sizeof sizes[0] == CONVOY_STRUCT_COUNT, "a struct has no size");
    return which >= 0 && which < CONVOY_STRUCT_COUNT ? sizes[which] : 0;
}
