/* Work of a known amount, for the caller to time. */
#include "measure/measure.h"

#include "convoy.h"
#include "isa/isa.h"

/* Small enough that neither floats nor sums of amounts leave what is exact. */
static const int64_t most_repeats = 1 << 22;

static int32_t check_memory(const void *data, uint64_t bytes, int64_t repeats) {
    if (data == NULL) {
        return CONVOY_NULL_POINTER;
    }
    if ((uintptr_t)data % CONVOY_ALIGNMENT != 0) {
        return CONVOY_MISALIGNED;
    }
    if (bytes < CONVOY_MEASURE_UNIT) {
        return CONVOY_BUFFER_TOO_SMALL;
    }
    return bytes > INT64_MAX / (uint64_t)repeats ? CONVOY_OVERFLOW : CONVOY_OK;
}

static uint64_t read_repeatedly(const convoy_kernels *kernels, const void *data, int64_t units, int64_t repeats,
                                uint32_t *sum) {
    *sum = 0;
    for (int64_t i = 0; i < repeats; i++) {
        *sum += kernels->measure_read(data, units);
    }
    return (uint64_t)units * CONVOY_MEASURE_UNIT * (uint64_t)repeats;
}

int32_t convoy_measure(int32_t kind, int32_t isa, const void *data, uint64_t bytes, int64_t repeats, uint64_t *amount,
                       uint32_t *sum) {
    if (amount == NULL || sum == NULL) {
        return CONVOY_NULL_POINTER;
    }
    if (kind < 0 || kind >= CONVOY_MEASURE_COUNT || !convoy_is_isa(isa) || repeats < 1 || repeats > most_repeats) {
        return CONVOY_BAD_VALUE;
    }
    const convoy_kernels *kernels = convoy_kernels_of(isa == CONVOY_ISA_AUTO ? convoy_best_isa() : isa);
    if (kernels == NULL) {
        return CONVOY_UNSUPPORTED;
    }
    if (kind == CONVOY_MEASURE_MULTIPLY_ADDS) {
        *sum = kernels->measure_multiply_adds(repeats, 1, 1, amount);
        return CONVOY_OK;
    }
    const int32_t status = check_memory(data, bytes, repeats);
    if (status == CONVOY_OK) {
        *amount = read_repeatedly(kernels, data, (int64_t)(bytes / CONVOY_MEASURE_UNIT), repeats, sum);
    }
    return status;
}
