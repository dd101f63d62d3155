/*
 * Layers that work element by element: activations of their own, and tensors that are computed with another or with a
 * constant. The expressions are the host's (host.cl), and a build has one of them.
 */
#ifndef ELEMENTWISE
#define ELEMENTWISE ELEMENTWISE_COPY /* what is computed of the operands: one of host.cl's */
#endif
#ifndef OPERAND
#define OPERAND OPERAND_TENSOR /* which number of x2 belongs to one of x: one of host.cl's */
#endif
#ifndef X2_FIRST
#define X2_FIRST 0 /* 1: x2 is the first operand; 0: the second */
#endif

#include "common.cl"

DEFINE_ACTIVATE(activate, float)

/*
 * One work-item: a piece of a row, of which an image has so many: one where numbers belong to no channel, and a pixel
 * each where some do. The output may be x, or an x2 of its shape; x2 is not read where the expression has one operand,
 * nor are slopes without HAS_SLOPES.
 */
__kernel void elementwise(__global const float *x, const int x_offset, __global const float *x2, const int x2_offset,
                          __global const float *slopes, __global float *y, const int y_offset, const int row_floats,
                          const int image_rows, const int piece) {
    const size_t image = get_global_id(1) / image_rows;
    (void)image; /* few operands depend on it */
    const size_t row = get_global_id(1) * row_floats;
    const int begin = get_global_id(0) * piece;
    const int end = min(begin + piece, row_floats);
    x += x_offset + row;
    x2 += x2_offset;
    y += y_offset + row;
    for (int i = begin; i < end; i++) {
#if X2_FIRST
        const float result = ELEMENTWISE(x2[OPERAND(row, i, image, row_floats)], x[i]);
#else
        const float result = ELEMENTWISE(x[i], x2[OPERAND(row, i, image, row_floats)]);
#endif
        y[i] = activate(result, HAS_SLOPES ? slopes[i] : 0.0f);
    }
}
