/* Extents, padding and windows along one axis: the checks and the arithmetic that convolution and pooling share. */
#ifndef CONVOY_GEOMETRY_H
#define CONVOY_GEOMETRY_H

#include "convoy.h"
#include "core/arithmetic.h"

#include <stdbool.h>

bool convoy_is_extent(int32_t value);  /* 1 to CONVOY_MAX_EXTENT */
bool convoy_is_padding(int32_t value); /* 0 to CONVOY_MAX_EXTENT */

/* All three are extents. */
bool convoy_is_image(convoy_image image);

/* Kernel and strides are extents, padding may be. */
bool convoy_is_window(const convoy_window *window);

/* Input elements from a window's first to its last. */
int64_t convoy_window_extent(int64_t kernel, int64_t dilation);

/* Output elements along an axis; 0 where no window fits. window: input elements from a window's first to its last. */
int64_t convoy_output_extent(int64_t extent, int64_t padding, int64_t window, int64_t stride);

/* Whether so many windows lie along an axis of the image: each has at least one element of it. */
bool convoy_windows_fit(int32_t windows, int32_t kernel, int32_t stride, int32_t before, int32_t after, int64_t extent);

/* Output extents of a convolution. */
int64_t convoy_conv2d_out_height(const convoy_conv2d_desc *desc);
int64_t convoy_conv2d_out_width(const convoy_conv2d_desc *desc);

/* Channels of the map that a convolution writes to, all or a part of them. */
int32_t convoy_conv2d_map_channels(const convoy_conv2d_desc *desc);

/* A window along one axis: its elements inside the image, [first, end). */
typedef struct convoy_span {
    int64_t first, end;
} convoy_span;

static inline convoy_span convoy_window_at(int64_t index, int64_t kernel, int64_t stride, int64_t before,
                                           int64_t extent) {
    const int64_t first = index * stride - before;
    return (convoy_span){.first = convoy_max(first, 0), .end = convoy_min(first + kernel, extent)};
}

#endif
