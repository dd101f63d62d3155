#include "gemm/weight_format.h"

#include "convoy.h"
#include "core/float16.h"

#include <assert.h>

typedef void store_function(const float *weights, int64_t weight_stride, int64_t count, void *packed, int64_t index,
                            int64_t stride);

#define DEFINE_STORE(format, type, convert)                                                                            \
    static void store_##format(const float *weights, int64_t weight_stride, int64_t count, void *packed,               \
                               int64_t index, int64_t stride) {                                                        \
        type *to = (type *)packed + index;                                                                             \
        for (int64_t i = 0; i < count; i++) {                                                                          \
            to[i * stride] = convert(weights[i * weight_stride]);                                                      \
        }                                                                                                              \
    }

DEFINE_STORE(float32, float, )
DEFINE_STORE(float16, uint16_t, convoy_to_float16)
DEFINE_STORE(bfloat16, uint16_t, convoy_to_bfloat16)

static const struct {
    int64_t bytes;
    store_function *store;
} formats[] = {
    [CONVOY_WEIGHT_FLOAT32] = {sizeof(float), store_float32},
    [CONVOY_WEIGHT_FLOAT16] = {sizeof(uint16_t), store_float16},
    [CONVOY_WEIGHT_BFLOAT16] = {sizeof(uint16_t), store_bfloat16},
};

enum { FORMATS = sizeof formats / sizeof formats[0] };

static_assert((int)FORMATS == CONVOY_WEIGHT_COUNT, "a weight format has no row");

bool convoy_is_weight_format(int32_t format) {
    return format >= 0 && format < FORMATS;
}

int64_t convoy_weight_bytes(int32_t format) {
    return formats[format].bytes;
}

void convoy_store_weights(int32_t format, const float *weights, int64_t weight_stride, int64_t count, void *packed,
                          int64_t index, int64_t stride) {
    formats[format].store(weights, weight_stride, count, packed, index, stride);
}
