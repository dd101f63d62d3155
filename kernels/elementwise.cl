/*
 * Layers that work element by element: activations of their own, and tensors that are added. The expressions are the
 * host's (host.cl), and a build has one of them.
 */
#ifndef ELEMENTWISE
#define ELEMENTWISE ELEMENTWISE_COPY /* what is computed of the inputs: one of host.cl's */
#endif

#include "common.cl"

DEFINE_ACTIVATE(activate, float)

/* One work-item: a piece of the elements. Output may be either input; x2 is not read where the expression has one
 * input. */
__kernel void elementwise(__global const float *x, const int x_offset, __global const float *x2, const int x2_offset,
                          __global float *y, const int y_offset, const int count, const int piece) {
    const int begin = get_global_id(0) * piece;
    const int end = min(begin + piece, count);
    for (int i = begin; i < end; i++) {
        y[y_offset + i] = activate(ELEMENTWISE(x[x_offset + i], x2[x2_offset + i]));
    }
}
