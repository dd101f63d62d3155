/*
 * Pooling, NHWC. One work-item: a piece of one output pixel's channels. NaN propagates through the maximum. What ceil
 * mode adds beyond the padding is never counted; adaptive window i of n over h rows is [floor(i h / n), ceil((i + 1) h
 * / n)).
 */
#include "common.cl"

enum { POOL_MAX = 0, POOL_AVERAGE = 1, POOL_AVERAGE_PADDED = 2, POOL_ADAPTIVE = 3 };

typedef struct {
    int kind;
    int height;
    int width;
    int channels;
    int out_height;
    int out_width;
    int kernel_h;
    int kernel_w;
    int stride_h;
    int stride_w;
    int top;
    int left;
    int bottom;
    int right;
} pool_shape;

__kernel void pool(__global const float *restrict x, const int x_offset, __global float *restrict y, const int y_offset,
                   const pool_shape s, const int piece) {
    const int pixel = get_global_id(1);
    const int column = pixel % s.out_width;
    const int row = pixel / s.out_width % s.out_height;
    const int image = pixel / (s.out_width * s.out_height);
    const int is_adaptive = s.kind == POOL_ADAPTIVE;
    const int top = is_adaptive ? row * s.height / s.out_height : row * s.stride_h - s.top;
    const int left = is_adaptive ? column * s.width / s.out_width : column * s.stride_w - s.left;
    const int bottom = is_adaptive ? ((row + 1) * s.height + s.out_height - 1) / s.out_height
                                   : min(top + s.kernel_h, s.height + s.bottom);
    const int right = is_adaptive ? ((column + 1) * s.width + s.out_width - 1) / s.out_width
                                  : min(left + s.kernel_w, s.width + s.right);
    const int first_row = max(top, 0), end_row = min(bottom, s.height);
    const int first_column = max(left, 0), end_column = min(right, s.width);
    const int counted = s.kind == POOL_AVERAGE_PADDED ? (bottom - top) * (right - left)
                                                      : (end_row - first_row) * (end_column - first_column);
    const int begin = get_global_id(0) * piece;
    const int end = min(begin + piece, s.channels);
    __global const float *in = x + x_offset + (size_t)image * s.height * s.width * s.channels;
    __global float *out = y + y_offset + (size_t)pixel * s.channels;
    int c = begin;
    for (; c + VECTOR <= end; c += VECTOR) {
        vec result = s.kind == POOL_MAX ? -INFINITY : 0.0f;
        for (int h = first_row; h < end_row; h++) {
            for (int w = first_column; w < end_column; w++) {
                const vec value = LOAD(in + (h * s.width + w) * s.channels + c);
                result = s.kind == POOL_MAX ? LARGER(result, value) : result + value;
            }
        }
        STORE(s.kind == POOL_MAX ? result : result / (float)counted, out + c);
    }
    for (; c < end; c++) {
        float result = s.kind == POOL_MAX ? -INFINITY : 0.0f;
        for (int h = first_row; h < end_row; h++) {
            for (int w = first_column; w < end_column; w++) {
                const float value = in[(h * s.width + w) * s.channels + c];
                result = s.kind == POOL_MAX ? LARGER(result, value) : result + value;
            }
        }
        out[c] = s.kind == POOL_MAX ? result : result / (float)counted;
    }
}
