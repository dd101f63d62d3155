/*
 * Hyperbolic tangent of a vector, at most 2 ulp from the exact value (measured: tests/native/test_tanh.c).
 *
 * Below 0.625 an odd polynomial x + x^3 p(x^2); above it 1 - 2 / (exp(2 |x|) + 1), where the exponential is reduced by
 * multiples of log 2 in two parts (Cody and Waite 1980). Both polynomials are Chebyshev fits. From 9.1 on the result
 * rounds to 1. The sign is taken off first and put back last, so tanh(-x) = -tanh(x) bit for bit; NaN stays NaN.
 */
#ifndef CONVOY_KERNELS_TANH_H
#define CONVOY_KERNELS_TANH_H

#include "vector.h"

ALWAYS_INLINE vec exp_up_to_20(vec x) {
    /* Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits, without a conversion NaN could upset. */
    const float magic = 12582912.0f;
    const vec shifted = x * 1.44269504f + magic;
    const vec n = shifted - magic;
    const vec r = (x - n * 0.693145751953125f) - n * 1.42860682031e-6f;
    const vec q =
        (((r * 0.00139262680526f + 0.00836324666975f) * r + 0.0416665541093f) * r + 0.166665765832f) * r + 0.5f;
    const vec e = (r * r) * q + r + 1.0f;
    return (vec)((vec_mask)e + ((vec_mask)shifted << 23));
}

ALWAYS_INLINE vec tanh_of(vec x) {
    const vec_mask sign = (vec_mask)x & (vec_mask)splat(-0.0f);
    const vec a = (vec)((vec_mask)x ^ sign);

    const vec z = a * a;
    const vec p = ((((z * 0.00229274481618f - 0.00834394551584f) * z + 0.021768918651f) * z - 0.0539592595772f) * z +
                   0.133333035569f) *
                      z -
                  0.333333331721f;
    const vec small = (a * z) * p + a;

    const vec clamped = select((vec_mask)(a > splat(9.1f)), splat(9.1f), a);
    const vec large = 1.0f - 2.0f / (exp_up_to_20(clamped + clamped) + 1.0f);

    const vec magnitude = select((vec_mask)(a < splat(0.625f)), small, large);
    return (vec)((vec_mask)magnitude | sign);
}

#endif
