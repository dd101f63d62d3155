#include "core/geometry.h"

bool convoy_is_extent(int32_t value) {
    return value >= 1 && value <= CONVOY_MAX_EXTENT;
}

bool convoy_is_padding(int32_t value) {
    return value >= 0 && value <= CONVOY_MAX_EXTENT;
}

bool convoy_is_image(convoy_image image) {
    return convoy_is_extent(image.height) && convoy_is_extent(image.width) && convoy_is_extent(image.channels);
}

bool convoy_is_window(const convoy_window *window) {
    return convoy_is_extent(window->kernel_h) && convoy_is_extent(window->kernel_w) &&
           convoy_is_extent(window->stride_h) && convoy_is_extent(window->stride_w) &&
           convoy_is_padding(window->pad_top) && convoy_is_padding(window->pad_left) &&
           convoy_is_padding(window->pad_bottom) && convoy_is_padding(window->pad_right);
}

int64_t convoy_window_extent(int64_t kernel, int64_t dilation) {
    return (kernel - 1) * dilation + 1;
}

int64_t convoy_output_extent(int64_t extent, int64_t padding, int64_t window, int64_t stride) {
    return extent + padding < window ? 0 : (extent + padding - window) / stride + 1;
}

int64_t convoy_conv2d_out_height(const convoy_conv2d_desc *desc) {
    const convoy_window *window = &desc->window;
    return convoy_output_extent(desc->input.height, (int64_t)window->pad_top + window->pad_bottom,
                                convoy_window_extent(window->kernel_h, desc->dilation_h), window->stride_h);
}

int64_t convoy_conv2d_out_width(const convoy_conv2d_desc *desc) {
    const convoy_window *window = &desc->window;
    return convoy_output_extent(desc->input.width, (int64_t)window->pad_left + window->pad_right,
                                convoy_window_extent(window->kernel_w, desc->dilation_w), window->stride_w);
}

bool convoy_windows_fit(int32_t windows, int32_t kernel, int32_t stride, int32_t before, int32_t after,
                        int64_t extent) {
    return convoy_is_extent(windows) && convoy_is_extent(kernel) && convoy_is_extent(stride) &&
           convoy_is_padding(before) && convoy_is_padding(after) &&
           /* the first and the last reach into the image, and so all between do */
           before < kernel && (int64_t)(windows - 1) * stride - before < extent;
}

int32_t convoy_conv2d_map_channels(const convoy_conv2d_desc *desc) {
    return desc->map_channels != 0 ? desc->map_channels : desc->out_channels;
}
