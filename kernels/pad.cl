/*
 * NHWC feature maps surrounded by a number: by zeros, so that a convolution reads without testing, or as a layer of
 * their own. One work-item: a piece of a row.
 */
#include "common.cl"

__kernel void pad(__global const float *restrict x, const int x_offset, __global float *restrict y, const int y_offset,
                  const int height, const int width_floats, const int padded_height, const int padded_width_floats,
                  const int top, const int left_floats, const float value, const int piece) {
    const int row = get_global_id(1);
    const int image = row / padded_height;
    const int line = row - image * padded_height - top;
    const int begin = get_global_id(0) * piece;
    const int end = min(begin + piece, padded_width_floats);
    const int is_inside = line >= 0 && line < height;
    __global float *out = y + y_offset + (size_t)row * padded_width_floats;
    __global const float *in = x + x_offset + ((size_t)image * height + (is_inside ? line : 0)) * width_floats;
    const int first = is_inside ? clamp(left_floats, begin, end) : end;
    const int last = is_inside ? clamp(left_floats + width_floats, begin, end) : end;
    for (int i = begin; i < first; i++) {
        out[i] = value;
    }
    for (int i = first; i < last; i++) {
        out[i] = in[i - left_floats];
    }
    for (int i = last; i < end; i++) {
        out[i] = value;
    }
}
