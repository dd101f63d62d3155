/* The windows of pooling, which an operator of its own and a convolution that pools share. */
#ifndef CONVOY_POOL2D_H
#define CONVOY_POOL2D_H

#include "plan.h"

/* A window along one axis: its elements inside the image, [first, end). */
typedef struct convoy_span {
    int64_t first, end;
} convoy_span;

static inline convoy_span convoy_window_at(int64_t index, int64_t kernel, int64_t stride, int64_t before,
                                           int64_t extent) {
    const int64_t first = index * stride - before;
    return (convoy_span){.first = convoy_max(first, 0), .end = convoy_min(first + kernel, extent)};
}

/* Whether so many windows lie along an axis of the image: each has at least one element of it. */
bool convoy_windows_fit(int32_t windows, int32_t kernel, int32_t stride, int32_t before, int64_t extent);

#endif
