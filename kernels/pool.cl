/*
 * Pooling, NHWC. One work-item: a piece of one output pixel's channels. NaN propagates through the maximum. What ceil
 * mode adds beyond the padding is never counted; adaptive window i of n over h rows is [floor(i h / n), ceil((i + 1) h
 * / n)).
 */
#include "common.cl"

typedef struct {
    int operation; /* one of host.cl's: PoolShape refuses what is not */
    int height;
    int width;
    int channels;
    int out_height;
    int out_width;
    int kernel_h;
    int kernel_w;
    int stride_h;
    int stride_w;
    int dilation_h;
    int dilation_w;
    int top;
    int left;
    int bottom;
    int right;
} pool_shape;

/* The first of a window's elements, `step` apart, that is not above or left of the image. */
static int first_inside(const int start, const int step) {
    return start >= 0 ? start : start + (step - 1 - start) / step * step;
}

/* Elements `step` apart from one on, before an end. */
static int count_elements(const int first, const int end, const int step) {
    return (end - first + step - 1) / step;
}

__kernel void pool(__global const float *restrict x, const int x_offset, __global float *restrict y, const int y_offset,
                   const pool_shape shape, const int piece) {
    const int pixel = get_global_id(1);
    const int column = pixel % shape.out_width;
    const int row = pixel / shape.out_width % shape.out_height;
    const int image = pixel / (shape.out_width * shape.out_height);
    const int is_adaptive = shape.operation == POOL_ADAPTIVE_AVERAGE || shape.operation == POOL_ADAPTIVE_MAX;
    const int is_max = shape.operation == POOL_MAX || shape.operation == POOL_ADAPTIVE_MAX;
    const int top = is_adaptive ? row * shape.height / shape.out_height : row * shape.stride_h - shape.top;
    const int left = is_adaptive ? column * shape.width / shape.out_width : column * shape.stride_w - shape.left;
    const int bottom = is_adaptive ? ((row + 1) * shape.height + shape.out_height - 1) / shape.out_height
                                   : min(top + shape.kernel_h * shape.dilation_h, shape.height + shape.bottom);
    const int right = is_adaptive ? ((column + 1) * shape.width + shape.out_width - 1) / shape.out_width
                                  : min(left + shape.kernel_w * shape.dilation_w, shape.width + shape.right);
    const int step_h = shape.dilation_h, step_w = shape.dilation_w;
    const int first_row = first_inside(top, step_h), end_row = min(bottom, shape.height);
    const int first_column = first_inside(left, step_w), end_column = min(right, shape.width);
    const int counted =
        shape.operation == POOL_AVERAGE_PADDED
            ? count_elements(top, bottom, step_h) * count_elements(left, right, step_w)
            : count_elements(first_row, end_row, step_h) * count_elements(first_column, end_column, step_w);
    const int begin = get_global_id(0) * piece;
    const int end = min(begin + piece, shape.channels);
    __global const float *in = x + x_offset + (size_t)image * shape.height * shape.width * shape.channels;
    __global float *out = y + y_offset + (size_t)pixel * shape.channels;
    int c = begin;
    for (; c + VECTOR <= end; c += VECTOR) {
        vec result = is_max ? -INFINITY : 0.0f;
        for (int h = first_row; h < end_row; h += step_h) {
            for (int w = first_column; w < end_column; w += step_w) {
                const vec value = LOAD(in + (h * shape.width + w) * shape.channels + c);
                result = is_max ? LARGER(result, value) : result + value;
            }
        }
        STORE(is_max ? result : result / (float)counted, out + c);
    }
    for (; c < end; c++) {
        float result = is_max ? -INFINITY : 0.0f;
        for (int h = first_row; h < end_row; h += step_h) {
            for (int w = first_column; w < end_column; w += step_w) {
                const float value = in[(h * shape.width + w) * shape.channels + c];
                result = is_max ? LARGER(result, value) : result + value;
            }
        }
        out[c] = is_max ? result : result / (float)counted;
    }
}
