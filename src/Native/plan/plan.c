#include "plan/plan.h"

#include "core/arithmetic.h"
#include "core/geometry.h"
#include "isa/isa.h"
#include "plan/operator.h"
#include "plan/sizes.h"

#include <string.h>

static_assert(sizeof(convoy_internals) <= sizeof(((convoy_plan *)0)->internals), "internals outgrew the plan");

/* "CONVOY" and the ABI's version. */
static const uint64_t plan_magic = 0x434f4e564f590000u + CONVOY_ABI_VERSION;

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

static convoy_header header_of(const void *desc) {
    convoy_header header;
    memcpy(&header, desc, sizeof header);
    return header;
}

static int32_t check_arguments(const void *desc, uint32_t desc_size, const convoy_plan *plan) {
    if (desc == NULL || plan == NULL) {
        return CONVOY_NULL_POINTER;
    }
    if (!is_aligned(desc, _Alignof(uint32_t)) || !is_aligned(plan, _Alignof(convoy_plan))) {
        return CONVOY_MISALIGNED;
    }
    return header_of(desc).struct_size == desc_size && plan->struct_size == sizeof *plan ? CONVOY_OK
                                                                                         : CONVOY_BAD_STRUCT_SIZE;
}

int32_t convoy_plan_begin(convoy_draft *draft, int32_t op, const void *desc, uint32_t desc_size,
                          const convoy_plan *plan) {
    const int32_t status = check_arguments(desc, desc_size, plan);
    if (status != CONVOY_OK) {
        return status;
    }
    const convoy_header header = header_of(desc);
    if (!convoy_is_isa(header.isa) || !convoy_is_extent(header.batch)) {
        return CONVOY_BAD_VALUE;
    }
    memset(draft, 0, sizeof *draft);
    draft->plan.isa = header.isa == CONVOY_ISA_AUTO ? convoy_best_isa() : header.isa;
    draft->kernels = convoy_kernels_of(draft->plan.isa);
    if (draft->kernels == NULL) {
        return CONVOY_UNSUPPORTED;
    }
    draft->plan.struct_size = sizeof draft->plan;
    draft->plan.algorithm = CONVOY_ALGORITHM_SIMPLE;
    draft->plan.batch = header.batch;
    draft->internals.magic = plan_magic;
    draft->internals.op = op;
    draft->internals.input_alignment = _Alignof(float);
    return CONVOY_OK;
}

static bool fits(uint64_t count, uint64_t size) {
    return count <= (uint64_t)PTRDIFF_MAX / size;
}

/* Nothing overflows here: convoy_plan_seal saw to it. */
int64_t convoy_plan_items(const convoy_operator *op, const convoy_internals *internals, int64_t images, int32_t phase) {
    if (op->items != NULL) {
        return op->items(internals, images, phase);
    }
    return convoy_ceil_div(images * internals->units_per_image, internals->units_per_step) * internals->items_per_step;
}

int32_t convoy_plan_seal(convoy_draft *draft, const convoy_operator *op, convoy_plan *plan) {
    convoy_plan *made = &draft->plan;
    const convoy_internals *internals = &draft->internals;
    const uint64_t batch = (uint64_t)made->batch;
    const uint64_t units = convoy_checked_mul(draft, batch, (uint64_t)internals->units_per_image);
    const uint64_t most_items = convoy_checked_mul(draft, units, (uint64_t)internals->items_per_step);
    if (draft->overflow || !fits(made->input_image_bytes, batch) || !fits(made->input2_image_bytes, batch) ||
        !fits(made->output_image_bytes, batch) || !fits(made->weight_count, sizeof(float)) ||
        !fits(made->bias_count, sizeof(float)) || !fits(made->slope_count, sizeof(float)) ||
        !fits(made->packed_bytes, 1) || !fits(made->scratch_bytes, 1) || !fits(made->workspace_bytes, 1) ||
        most_items > INT64_MAX) {
        return CONVOY_OVERFLOW;
    }
    made->phases = (int32_t)convoy_max(1, made->phases);
    made->work_items = op->all_items != NULL ? op->all_items(internals, made->batch)
                                             : convoy_plan_items(op, internals, made->batch, 0);
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
