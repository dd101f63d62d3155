/*
 * Folds a stride into channels: stride x stride neighbouring pixels, zeros around the image included, become one pixel
 * [row][column][channel]. A convolution of that stride becomes one of stride 1 with fewer taps (space to depth).
 */
#include "common.cl"

/* One work-item: a folded pixel. */
__kernel void fold(__global const float *restrict x, const int x_offset, __global float *restrict y, const int y_offset,
                   const int height, const int width, const int pixel_floats, const int stride, const int top,
                   const int left) {
    const int folded_width = get_global_size(0);
    const int folded_height = get_global_size(1);
    const int image = get_global_id(2);
    const int run = stride * pixel_floats;
    const int first = (get_global_id(0) * stride - left) * pixel_floats;
    const int row_floats = width * pixel_floats;
    __global float *to =
        y + y_offset +
        (((size_t)image * folded_height + get_global_id(1)) * folded_width + get_global_id(0)) * stride * run;
    for (int i = 0; i < stride; i++, to += run) {
        const int row = get_global_id(1) * stride + i - top;
        const int is_inside = row >= 0 && row < height;
        __global const float *from = x + x_offset + ((size_t)image * height + (is_inside ? row : 0)) * row_floats;
        if (is_inside && first >= 0 && first + run <= row_floats) {
            for (int j = 0; j < run; j++) {
                to[j] = from[first + j];
            }
        } else {
            for (int j = 0; j < run; j++) {
                const int at = first + j;
                to[j] = is_inside && at >= 0 && at < row_floats ? from[at] : 0.0f;
            }
        }
    }
}
