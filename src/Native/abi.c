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
    switch (status) {
    case CONVOY_OK:
        return "The call succeeded.";
    case CONVOY_NULL_POINTER:
        return "A required pointer is NULL.";
    case CONVOY_BAD_STRUCT_SIZE:
        return "A struct's size is not this library's: the caller was built for another version.";
    case CONVOY_BAD_VALUE:
        return "A field of the descriptor is out of range, or contradicts another.";
    case CONVOY_OVERFLOW:
        return "A size computed from the descriptor does not fit.";
    case CONVOY_MISALIGNED:
        return "A pointer is not aligned as required.";
    case CONVOY_BUFFER_TOO_SMALL:
        return "A buffer is shorter than the plan needs.";
    case CONVOY_BAD_RANGE:
        return "The work items or the number of images are outside the plan.";
    case CONVOY_BAD_PLAN:
        return "The plan was not filled in by this library, or has been altered.";
    case CONVOY_UNSUPPORTED:
        return "The CPU lacks the instruction set, or the algorithm cannot do this operator.";
    default:
        return "Unknown status.";
    }
}

const char *convoy_isa_name(int32_t isa) {
    switch (isa) {
    case CONVOY_ISA_AUTO:
        return "auto";
    case CONVOY_ISA_SCALAR:
        return "scalar";
    case CONVOY_ISA_AVX2:
        return "avx2";
    case CONVOY_ISA_AVX512:
        return "avx512";
    case CONVOY_ISA_NEON:
        return "neon";
    default:
        return "unknown";
    }
}

const char *convoy_algorithm_name(int32_t algorithm) {
    switch (algorithm) {
    case CONVOY_ALGORITHM_AUTO:
        return "auto";
    case CONVOY_ALGORITHM_DIRECT:
        return "direct";
    case CONVOY_ALGORITHM_SIMPLE:
        return "simple";
    case CONVOY_ALGORITHM_WINOGRAD:
        return "winograd";
    case CONVOY_ALGORITHM_LANES:
        return "images in lanes";
    default:
        return "unknown";
    }
}

uint64_t convoy_struct_size(int32_t which) {
    static const uint64_t sizes[CONVOY_STRUCT_COUNT] = {
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
    return which >= 0 && which < CONVOY_STRUCT_COUNT ? sizes[which] : 0;
}
