#include "core/geometry.h"

#include "convoy.h"

bool convoy_is_extent(int32_t value) {
    return value >= 1 && value <= CONVOY_MAX_EXTENT;
}

bool convoy_is_padding(int32_t value) {
    return value >= 0 && value <= CONVOY_MAX_EXTENT;
}

bool convoy_is_map(int32_t height, int32_t width, int32_t channels) {
    return convoy_is_extent(height) && convoy_is_extent(width) && convoy_is_extent(channels);
}

int64_t convoy_window_extent(int64_t kernel, int64_t dilation) {
    return (kernel - 1) * dilation + 1;
}

int64_t convoy_output_extent(int64_t extent, int64_t padding, int64_t window, int64_t stride) {
    return extent + padding < window ? 0 : (extent + padding - window) / stride + 1;
}

bool convoy_windows_fit(int32_t windows, int32_t kernel, int32_t stride, int32_t before, int64_t extent) {
    return convoy_is_extent(windows) && convoy_is_extent(kernel) && convoy_is_extent(stride) &&
           convoy_is_padding(before) &&
           /* the first and the last reach into the image, and so all between do */
           before < kernel && (int64_t)(windows - 1) * stride - before < extent;
}
