/*
 * Hyperbolic tangent of a vector, at most 3 ulp from the exact value (measured: tests/native/test_tanh.c).
 *
 * With g = (exp(2 |x|) - 1) / 2, tanh |x| = g / (g + 1). The exponential is reduced by multiples n of log 2 (Cody and
 * Waite 1980; one part of log 2 is enough, for the larger n is, the less an error of g weighs): 2 |x| = 2 r + n log 2,
 * and g = 2^n p + (2^n - 1) / 2 with p = (exp(2 r) - 1) / 2 = r + r^2 q(r), q a Chebyshev fit. For small x n is 0 and g
 * is p, so nothing cancels. From 9.1 on the result rounds to 1. The sign is taken off first and put back last, so
 * tanh(-x) = -tanh(x) bit for bit; NaN stays NaN.
 */
#ifndef CONVOY_TANH_KERNEL_H
#define CONVOY_TANH_KERNEL_H

#include "isa/vector.h"

ALWAYS_INLINE vec tanh_of(vec x) {
    const vec_mask sign = (vec_mask)x & (vec_mask)splat(-0.0f);
    const vec a = at_most(splat(9.1f), (vec)((vec_mask)x ^ sign));

    /* Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits, without a conversion NaN could upset. */
    const float magic = 12582912.0f;
    const vec shifted = a * 2.88539008f + magic;
    const vec n = shifted - magic;
    const vec r = a - n * 0.346573590280f;
    const vec q = (((r * 0.0445640577683f + 0.133811946716f) * r + 0.333332432874f) * r + 0.666663063328f) * r + 1.0f;
    const vec p = (r * r) * q + r;
    const vec power = (vec)(((vec_mask)shifted << 23) + (vec_mask)splat(1.0f));
    const vec g = power * p + (power * 0.5f - 0.5f);
    return (vec)((vec_mask)(g / (g + 1.0f)) | sign);
}

#endif
