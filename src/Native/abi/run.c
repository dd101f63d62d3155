/* The calls every operator shares: work items, packing and running, with all checks of their arguments. */
#include "abi/operators.h"
#include "isa/isa.h"

enum { FLOAT_BITS = 32 };

static int32_t check_buffer(const void *data, uint64_t bytes, uint64_t needed, uintptr_t alignment) {
    if (data == NULL) {
        return CONVOY_NULL_POINTER;
    }
    if ((uintptr_t)data % alignment != 0) {
        return CONVOY_MISALIGNED;
    }
    return bytes < needed ? CONVOY_BUFFER_TOO_SMALL : CONVOY_OK;
}

static int32_t check_buffers(const convoy_plan *plan, const convoy_internals *internals, const convoy_run_args *args) {
    const uint64_t images = (uint64_t)args->images;
    const uint64_t bias_bytes = plan->bias_count * sizeof(float);
    const struct {
        const convoy_buffer *buffer;
        bool is_used;
        uint64_t bytes;
        uintptr_t alignment;
    } uses[] = {
        {&args->input, true, images * plan->input_image_bytes, (uintptr_t)internals->input_alignment},
        {&args->input2, plan->input2_image_bytes > 0, images * plan->input2_image_bytes, _Alignof(float)},
        {&args->packed, plan->packed_bytes > 0, plan->packed_bytes, CONVOY_ALIGNMENT},
        {&args->bias, internals->needs_bias || (args->bias.data != NULL && bias_bytes > 0), bias_bytes,
         _Alignof(float)},
        {&args->slopes, plan->slope_count > 0, plan->slope_count * sizeof(float), _Alignof(float)},
        {&args->output, true, images * plan->output_image_bytes, _Alignof(float)},
        {&args->scratch, plan->scratch_bytes > 0, plan->scratch_bytes, CONVOY_ALIGNMENT},
        {&args->workspace, plan->workspace_bytes > 0, plan->workspace_bytes, CONVOY_ALIGNMENT},
    };
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
        if (uses[i].is_used) {
            const convoy_buffer *buffer = uses[i].buffer;
            const int32_t status = check_buffer(buffer->data, buffer->bytes, uses[i].bytes, uses[i].alignment);
            if (status != CONVOY_OK) {
                return status;
            }
        }
    }
    return CONVOY_OK;
}

int32_t convoy_work_items(const convoy_plan *plan, int32_t images, int32_t phase, int64_t *items) {
    convoy_internals internals;
    if (items == NULL) {
        return CONVOY_NULL_POINTER;
    }
    const int32_t status = convoy_plan_open(plan, &internals);
    if (status != CONVOY_OK) {
        return status;
    }
    if (images < 1 || images > plan->batch || phase < 0 || phase >= plan->phases) {
        return CONVOY_BAD_RANGE;
    }
    *items = convoy_plan_items(convoy_operator_of(internals.op), &internals, images, phase);
    return CONVOY_OK;
}

/* Each output of one operation, each map and weight moved once. */
static convoy_work plain_work(const convoy_plan *plan, double images) {
    const double input = (double)(plan->input_image_bytes + plan->input2_image_bytes);
    const double output = (double)plan->output_image_bytes;
    return (convoy_work){
        .struct_size = sizeof(convoy_work),
        .kind = CONVOY_PHASE_WHOLE,
        .operations = images * output / sizeof(float),
        .map_bytes = images * (input + output),
        .weight_bytes = (double)plan->packed_bytes,
    };
}

int32_t convoy_phase_work(const convoy_plan *plan, int32_t images, int32_t phase, convoy_work *work) {
    convoy_internals internals;
    if (work == NULL) {
        return CONVOY_NULL_POINTER;
    }
    if ((uintptr_t)work % _Alignof(convoy_work) != 0) {
        return CONVOY_MISALIGNED;
    }
    const int32_t status = convoy_plan_open(plan, &internals);
    if (status != CONVOY_OK) {
        return status;
    }
    if (work->struct_size != sizeof *work) {
        return CONVOY_BAD_STRUCT_SIZE;
    }
    if (images < 1 || images > plan->batch || phase < 0 || phase >= plan->phases) {
        return CONVOY_BAD_RANGE;
    }
    const convoy_operator *op = convoy_operator_of(internals.op);
    *work = plain_work(plan, images);
    if (op->work != NULL) {
        op->work(&internals, images, phase, work);
    }
    return CONVOY_OK;
}

int32_t convoy_pack(const convoy_plan *plan, const float *weights, uint64_t weight_count, void *packed,
                    uint64_t packed_bytes) {
    convoy_internals internals;
    int32_t status = convoy_plan_open(plan, &internals);
    if (status != CONVOY_OK || plan->weight_count == 0) {
        return status;
    }
    if (weight_count < plan->weight_count) {
        return CONVOY_BUFFER_TOO_SMALL;
    }
    status = check_buffer(weights, plan->weight_count, plan->weight_count, _Alignof(float));
    if (status == CONVOY_OK) {
        status = check_buffer(packed, packed_bytes, plan->packed_bytes, CONVOY_ALIGNMENT);
    }
    if (status == CONVOY_OK) {
        convoy_operator_of(internals.op)->pack(&internals, weights, packed);
    }
    return status;
}

static int32_t bits_of(const convoy_internals *internals, const void *packed) {
    const convoy_operator *op = convoy_operator_of(internals->op);
    return op->packed_bits != NULL ? op->packed_bits(internals, packed) : FLOAT_BITS;
}

int32_t convoy_packed_bits(const convoy_plan *plan, const void *packed, uint64_t packed_bytes, int32_t *bits) {
    convoy_internals internals;
    if (bits == NULL) {
        return CONVOY_NULL_POINTER;
    }
    int32_t status = convoy_plan_open(plan, &internals);
    if (status == CONVOY_OK && plan->weight_count > 0) {
        status = check_buffer(packed, packed_bytes, plan->packed_bytes, CONVOY_ALIGNMENT);
    }
    if (status == CONVOY_OK) {
        *bits = plan->weight_count > 0 ? bits_of(&internals, packed) : 0;
    }
    return status;
}

int32_t convoy_run(const convoy_plan *plan, const convoy_run_args *args, int32_t phase, int64_t first, int64_t end) {
    convoy_internals internals;
    int32_t status = convoy_plan_open(plan, &internals);
    if (status != CONVOY_OK) {
        return status;
    }
    if (args == NULL) {
        return CONVOY_NULL_POINTER;
    }
    if ((uintptr_t)args % _Alignof(convoy_run_args) != 0) {
        return CONVOY_MISALIGNED;
    }
    if (args->struct_size != sizeof *args) {
        return CONVOY_BAD_STRUCT_SIZE;
    }
    const convoy_operator *op = convoy_operator_of(internals.op);
    if (args->images < 1 || args->images > plan->batch || phase < 0 || phase >= plan->phases || first < 0 ||
        end < first || end > convoy_plan_items(op, &internals, args->images, phase)) {
        return CONVOY_BAD_RANGE;
    }
    const convoy_kernels *kernels = convoy_kernels_of(plan->isa);
    if (kernels == NULL) {
        return CONVOY_UNSUPPORTED;
    }
    status = check_buffers(plan, &internals, args);
    if (status != CONVOY_OK || first == end) {
        return status;
    }
    const convoy_call call = {
        .kernels = kernels,
        .internals = &internals,
        .state = internals.state,
        .input = args->input.data,
        .input2 = args->input2.data,
        .packed = args->packed.data,
        .bias = args->bias.data,
        .slopes = args->slopes.data,
        .scratch = args->scratch.data,
        .workspace = args->workspace.data,
        .output = args->output.data,
        .images = args->images,
        .phase = phase,
        .first = first,
        .end = end,
    };
    op->run(&call);
    return CONVOY_OK;
}
