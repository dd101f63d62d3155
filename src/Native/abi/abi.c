/* What the ABI says about itself: its version, names, messages, constants and the sizes of its structs. */
#include "convoy.h"
#include "gemm/gemm_job.h"
#include "winograd/winograd_state.h"

#include <assert.h>
#include <string.h>

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
    static_assert(sizeof messages / sizeof messages[0] == CONVOY_STATUS_COUNT, "a status has no message");
    return status >= 0 && status < CONVOY_STATUS_COUNT ? messages[status] : "Unknown status.";
}

const char *convoy_algorithm_name(int32_t algorithm) {
    static const char *const names[] = {
        [CONVOY_ALGORITHM_DIRECT] = "direct",       [CONVOY_ALGORITHM_SIMPLE] = "simple",
        [CONVOY_ALGORITHM_WINOGRAD] = "winograd",   [CONVOY_ALGORITHM_LANES] = "images in lanes",
        [CONVOY_ALGORITHM_DEPTHWISE] = "depthwise",
    };
    static_assert(sizeof names / sizeof names[0] == CONVOY_ALGORITHM_COUNT, "an algorithm has no name");
    return algorithm >= CONVOY_ALGORITHM_DIRECT && algorithm < CONVOY_ALGORITHM_COUNT ? names[algorithm] : "unknown";
}

const char *convoy_phase_name(int32_t kind) {
    static const char *const names[] = {
        [CONVOY_PHASE_WHOLE] = "whole",
        [CONVOY_PHASE_INPUT_TRANSFORM] = "input transform",
        [CONVOY_PHASE_GEMM] = "GEMM, output transform",
    };
    static_assert(sizeof names / sizeof names[0] == CONVOY_PHASE_KIND_COUNT, "a kind of phase has no name");
    return kind >= 0 && kind < CONVOY_PHASE_KIND_COUNT ? names[kind] : "unknown";
}

#define SIZE(name)                                                                                                     \
    { "convoy_" #name, sizeof(convoy_##name) }
#define DESC_SIZE(NAME, name) SIZE(name##_desc),

uint64_t convoy_struct_size(const char *name) {
    static const struct {
        const char *name;
        uint64_t bytes;
    } sizes[] = {SIZE(header),      SIZE(image), SIZE(axis), SIZE(window), SIZE(max_pool), SIZE(activation_desc),
                 SIZE(chain_layer), SIZE(plan),  SIZE(work), SIZE(buffer), SIZE(run_args), CONVOY_OPERATORS(DESC_SIZE)};
    for (size_t i = 0; name != NULL && i < sizeof sizes / sizeof sizes[0]; i++) {
        if (strcmp(name, sizes[i].name) == 0) {
            return sizes[i].bytes;
        }
    }
    return 0;
}

int64_t convoy_constant_value(int32_t which) {
    static const int64_t values[] = {
        [CONVOY_CONSTANT_ALIGNMENT] = CONVOY_ALIGNMENT,
        [CONVOY_CONSTANT_MAX_EXTENT] = CONVOY_MAX_EXTENT,
        [CONVOY_CONSTANT_CHAIN_LAYERS] = CONVOY_CHAIN_LAYERS,
        [CONVOY_CONSTANT_MICRO_BATCH_UNIT] = CONVOY_MICRO_BATCH_UNIT,
        [CONVOY_CONSTANT_EXPONENT_CODED_BITS] = CONVOY_EXPONENT_CODED_BITS,
    };
    static_assert(sizeof values / sizeof values[0] == CONVOY_CONSTANT_COUNT, "a constant has no value");
    return which >= 0 && which < CONVOY_CONSTANT_COUNT ? values[which] : 0;
}
