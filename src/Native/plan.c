#include "plan.h"

#include <assert.h>
#include <string.h>

static_assert(sizeof(convoy_internals) <= sizeof(((convoy_plan *)0)->internals), "internals outgrew the plan");

/* "CONVOY" and the ABI's version. */
static const uint64_t plan_magic = 0x434f4e564f590000u + CONVOY_ABI_VERSION;

/* Floats an item of a one-pass operator reads or writes: enough to hide the call, few enough to balance threads. */
enum { FLOATS_PER_ITEM = 16 * 1024 };

/* FNV-1a over 64-bit words: catches a plan altered by accident, not one forged. */
static uint64_t checksum_of(const convoy_plan *plan) {
    uint64_t words[sizeof(convoy_plan) / sizeof(uint64_t)];
    static_assert(sizeof words == sizeof(convoy_plan), "a plan is whole words");
    memcpy(words, plan, sizeof words);
    words[(offsetof(convoy_plan, internals) + offsetof(convoy_internals, checksum)) / sizeof(uint64_t)] = 0;
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        hash = (hash ^ words[i]) * 0x100000001b3u;
        hash ^= hash >> 32;
    }
    return hash;
}

static bool is_aligned(const void *pointer, uintptr_t alignment) {
    return (uintptr_t)pointer % alignment == 0;
}

int32_t convoy_plan_check(const void *desc, uint32_t desc_size, const convoy_plan *plan) {
    if (desc == NULL || plan == NULL) {
        return CONVOY_NULL_POINTER;
    }
    if (!is_aligned(desc, _Alignof(uint32_t)) || !is_aligned(plan, _Alignof(convoy_plan))) {
        return CONVOY_MISALIGNED;
    }
    uint32_t struct_size; /* the first field of every descriptor */
    memcpy(&struct_size, desc, sizeof struct_size);
    return struct_size == desc_size && plan->struct_size == sizeof *plan ? CONVOY_OK : CONVOY_BAD_STRUCT_SIZE;
}

int32_t convoy_plan_begin(convoy_draft *draft, convoy_op op, int32_t isa, int32_t batch) {
    if (isa < CONVOY_ISA_AUTO || isa > CONVOY_ISA_NEON || !convoy_is_extent(batch)) {
        return CONVOY_BAD_VALUE;
    }
    memset(draft, 0, sizeof *draft);
    draft->plan.isa = isa == CONVOY_ISA_AUTO ? convoy_best_isa() : isa;
    draft->kernels = convoy_kernels_of(draft->plan.isa);
    if (draft->kernels == NULL) {
        return CONVOY_UNSUPPORTED;
    }
    draft->plan.struct_size = sizeof draft->plan;
    draft->plan.algorithm = CONVOY_ALGORITHM_SIMPLE;
    draft->plan.batch = batch;
    draft->internals.magic = plan_magic;
    draft->internals.op = (int32_t)op;
    draft->internals.input_alignment = _Alignof(float);
    return CONVOY_OK;
}

int32_t convoy_plan_algorithm(convoy_draft *draft, int32_t algorithm) {
    switch (algorithm) {
    case CONVOY_ALGORITHM_AUTO:
    case CONVOY_ALGORITHM_DIRECT:
        draft->plan.algorithm = CONVOY_ALGORITHM_DIRECT;
        return CONVOY_OK;
    case CONVOY_ALGORITHM_SIMPLE:
        return CONVOY_UNSUPPORTED;
    default:
        return CONVOY_BAD_VALUE;
    }
}

static bool fits(uint64_t count, uint64_t size) {
    return count <= (uint64_t)PTRDIFF_MAX / size;
}

/* The products cannot overflow: convoy_plan_seal saw to it. */
int64_t convoy_plan_items(const convoy_internals *internals, int64_t images, int32_t phase) {
    if (internals->op == CONVOY_OP_WINOGRAD) {
        return convoy_winograd_items(&internals->state.winograd, images, phase);
    }
    return convoy_ceil_div(images * internals->units_per_image, internals->units_per_step) * internals->items_per_step;
}

int32_t convoy_plan_seal(convoy_draft *draft, convoy_plan *plan) {
    convoy_plan *made = &draft->plan;
    const convoy_internals *internals = &draft->internals;
    const uint64_t batch = (uint64_t)made->batch;
    const uint64_t units = convoy_checked_mul(draft, batch, (uint64_t)internals->units_per_image);
    const uint64_t most_items = convoy_checked_mul(draft, units, (uint64_t)internals->items_per_step);
    if (draft->overflow || !fits(made->input_image_bytes, batch) || !fits(made->output_image_bytes, batch) ||
        !fits(made->weight_count, sizeof(float)) || !fits(made->bias_count, sizeof(float)) ||
        !fits(made->packed_bytes, 1) || !fits(made->scratch_bytes, 1) || !fits(made->workspace_bytes, 1) ||
        most_items > INT64_MAX) {
        return CONVOY_OVERFLOW;
    }
    made->phases = (int32_t)convoy_max(1, made->phases);
    made->work_items = internals->op == CONVOY_OP_WINOGRAD
                           ? convoy_winograd_all_items(&internals->state.winograd, made->batch)
                           : convoy_plan_items(internals, made->batch, 0);
    memcpy(made->internals, internals, sizeof *internals);
    const uint64_t checksum = checksum_of(made);
    memcpy((char *)made->internals + offsetof(convoy_internals, checksum), &checksum, sizeof checksum);
    memcpy(plan, made, sizeof *plan);
    return CONVOY_OK;
}

int32_t convoy_plan_open(const convoy_plan *plan, convoy_internals *internals) {
    if (plan == NULL) {
        return CONVOY_NULL_POINTER;
    }
    if (!is_aligned(plan, _Alignof(convoy_plan))) {
        return CONVOY_MISALIGNED;
    }
    if (plan->struct_size != sizeof *plan) {
        return CONVOY_BAD_STRUCT_SIZE;
    }
    memcpy(internals, plan->internals, sizeof *internals);
    const bool sealed = internals->magic == plan_magic && internals->checksum == checksum_of(plan);
    return sealed ? CONVOY_OK : CONVOY_BAD_PLAN;
}

uint64_t convoy_checked_mul(convoy_draft *draft, uint64_t a, uint64_t b) {
    uint64_t result;
    draft->overflow |= __builtin_mul_overflow(a, b, &result);
    return result;
}

uint64_t convoy_checked_add(convoy_draft *draft, uint64_t a, uint64_t b) {
    uint64_t result;
    draft->overflow |= __builtin_add_overflow(a, b, &result);
    return result;
}

uint64_t convoy_aligned(convoy_draft *draft, uint64_t bytes) {
    return convoy_checked_add(draft, bytes, CONVOY_ALIGNMENT - 1) / CONVOY_ALIGNMENT * CONVOY_ALIGNMENT;
}

uint64_t convoy_image_bytes(convoy_draft *draft, int64_t height, int64_t width, int64_t channels, uint64_t element) {
    const uint64_t pixels = convoy_checked_mul(draft, (uint64_t)height, (uint64_t)width);
    return convoy_checked_mul(draft, convoy_checked_mul(draft, pixels, (uint64_t)channels), element);
}

void convoy_plan_units(convoy_draft *draft, int64_t units_per_image, int64_t floats_per_unit) {
    draft->internals.units_per_image = units_per_image;
    draft->internals.units_per_step = convoy_max(1, FLOATS_PER_ITEM / floats_per_unit);
    draft->internals.items_per_step = 1;
}

bool convoy_is_extent(int32_t value) {
    return value >= 1 && value <= CONVOY_MAX_EXTENT;
}

bool convoy_is_padding(int32_t value) {
    return value >= 0 && value <= CONVOY_MAX_EXTENT;
}

bool convoy_is_activation(int32_t value) {
    return value >= CONVOY_ACTIVATION_NONE && value <= CONVOY_ACTIVATION_TANH;
}

int64_t convoy_output_extent(int64_t extent, int64_t padding, int64_t window, int64_t stride) {
    return extent + padding < window ? 0 : (extent + padding - window) / stride + 1;
}
