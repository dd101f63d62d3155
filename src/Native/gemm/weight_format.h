/* How weights are stored once packed: a row of a table for each convoy_weight_format. */
#ifndef CONVOY_WEIGHT_FORMAT_H
#define CONVOY_WEIGHT_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

bool convoy_is_weight_format(int32_t format);

/* Bytes of a weight. */
int64_t convoy_weight_bytes(int32_t format);

/* Stores count weights, `weight_stride` apart, as numbers index, index + stride, ... of packed. */
void convoy_store_weights(int32_t format, const float *weights, int64_t weight_stride, int64_t count, void *packed,
                          int64_t index, int64_t stride);

#endif
