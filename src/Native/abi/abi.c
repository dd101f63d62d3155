/* What the ABI says about itself: its version, names, messages, constants and the sizes of its structs. */
#include "convoy.h"
#include "gemm/gemm_job.h"
#include "winograd/winograd_state.h"

#include <assert.h>

/* A change here breaks every mirror of these structs: raise CONVOY_ABI_VERSION with it. */
static_assert(sizeof(convoy_header) == 12, "convoy_header changed size");
static_assert(sizeof(convoy_image) == 12, "convoy_image changed size");
static_assert(sizeof(convoy_window) == 32, "convoy_window changed size");
static_assert(sizeof(convoy_max_pool) == 40, "convoy_max_pool changed size");
static_assert(sizeof(convoy_activation_desc) == 12, "convoy_activation_desc changed size");
static_assert(sizeof(convoy_conv2d_desc) == 136, "convoy_conv2d_desc changed size");
static_assert(sizeof(convoy_dense_desc) == 44, "convoy_dense_desc changed size");
static_assert(sizeof(convoy_pool2d_desc) == 68, "convoy_pool2d_desc changed size");
static_assert(sizeof(convoy_lrn_desc) == 40, "convoy_lrn_desc changed size");
static_assert(sizeof(convoy_activate_desc) == 36, "convoy_activate_desc changed size");
static_assert(sizeof(convoy_binary_desc) == 48, "convoy_binary_desc changed size");
static_assert(sizeof(convoy_softmax_desc) == 28, "convoy_softmax_desc changed size");
static_assert(sizeof(convoy_pad2d_desc) == 44, "convoy_pad2d_desc changed size");
static_assert(sizeof(convoy_concat_desc) == 32, "convoy_concat_desc changed size");
static_assert(sizeof(convoy_transform_desc) == 28, "convoy_transform_desc changed size");
static_assert(sizeof(convoy_chain_layer) == 52, "convoy_chain_layer changed size");
static_assert(sizeof(convoy_chain_desc) == 860, "convoy_chain_desc changed size");
static_assert(sizeof(convoy_plan) == 560, "convoy_plan changed size");
#if UINTPTR_MAX == UINT64_MAX
static_assert(sizeof(convoy_buffer) == 16, "convoy_buffer changed size");
static_assert(sizeof(convoy_run_args) == 136, "convoy_run_args changed size");
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
        [CONVOY_ALGORITHM_DIRECT] = "direct",
        [CONVOY_ALGORITHM_SIMPLE] = "simple",
        [CONVOY_ALGORITHM_WINOGRAD] = "winograd",
        [CONVOY_ALGORITHM_LANES] = "images in lanes",
    };
    static_assert(sizeof names / sizeof names[0] == CONVOY_ALGORITHM_LANES + 1, "an algorithm has no name");
    return algorithm >= CONVOY_ALGORITHM_DIRECT && algorithm <= CONVOY_ALGORITHM_LANES ? names[algorithm] : "unknown";
}

uint64_t convoy_struct_size(int32_t which) {
    static const uint64_t sizes[] = {
        [CONVOY_STRUCT_HEADER] = sizeof(convoy_header),
        [CONVOY_STRUCT_IMAGE] = sizeof(convoy_image),
        [CONVOY_STRUCT_WINDOW] = sizeof(convoy_window),
        [CONVOY_STRUCT_MAX_POOL] = sizeof(convoy_max_pool),
        [CONVOY_STRUCT_ACTIVATION_DESC] = sizeof(convoy_activation_desc),
        [CONVOY_STRUCT_CONV2D_DESC] = sizeof(convoy_conv2d_desc),
        [CONVOY_STRUCT_DENSE_DESC] = sizeof(convoy_dense_desc),
        [CONVOY_STRUCT_POOL2D_DESC] = sizeof(convoy_pool2d_desc),
        [CONVOY_STRUCT_LRN_DESC] = sizeof(convoy_lrn_desc),
        [CONVOY_STRUCT_ACTIVATE_DESC] = sizeof(convoy_activate_desc),
        [CONVOY_STRUCT_BINARY_DESC] = sizeof(convoy_binary_desc),
        [CONVOY_STRUCT_SOFTMAX_DESC] = sizeof(convoy_softmax_desc),
        [CONVOY_STRUCT_PAD2D_DESC] = sizeof(convoy_pad2d_desc),
        [CONVOY_STRUCT_CONCAT_DESC] = sizeof(convoy_concat_desc),
        [CONVOY_STRUCT_TRANSFORM_DESC] = sizeof(convoy_transform_desc),
        [CONVOY_STRUCT_CHAIN_LAYER] = sizeof(convoy_chain_layer),
        [CONVOY_STRUCT_CHAIN_DESC] = sizeof(convoy_chain_desc),
        [CONVOY_STRUCT_PLAN] = sizeof(convoy_plan),
        [CONVOY_STRUCT_BUFFER] = sizeof(convoy_buffer),
        [CONVOY_STRUCT_RUN_ARGS] = sizeof(convoy_run_args),
    };
    static_assert(sizeof sizes / sizeof sizes[0] == CONVOY_STRUCT_RUN_ARGS + 1, "a struct has no size");
    return which >= 0 && which <= CONVOY_STRUCT_RUN_ARGS ? sizes[which] : 0;
}

int64_t convoy_constant_value(int32_t which) {
    static const int64_t values[] = {
        [CONVOY_CONSTANT_ALIGNMENT] = CONVOY_ALIGNMENT,
        [CONVOY_CONSTANT_MAX_EXTENT] = CONVOY_MAX_EXTENT,
        [CONVOY_CONSTANT_CHAIN_LAYERS] = CONVOY_CHAIN_LAYERS,
        [CONVOY_CONSTANT_MICRO_BATCH_UNIT] = CONVOY_MICRO_BATCH_UNIT,
        [CONVOY_CONSTANT_EXPONENT_CODED_BITS] = CONVOY_EXPONENT_CODED_BITS,
    };
    static_assert(sizeof values / sizeof values[0] == CONVOY_CONSTANT_EXPONENT_CODED_BITS + 1,
                  "a constant has no value");
    return which >= 0 && which <= CONVOY_CONSTANT_EXPONENT_CODED_BITS ? values[which] : 0;
}
