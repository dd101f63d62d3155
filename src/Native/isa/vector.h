/*
 * A vector of LANES floats in GCC's and Clang's portable vector extension. The including file defines LANES; each
 * operation compiles to one or two instructions of the set the file is built for.
 */
#ifndef CONVOY_VECTOR_H
#define CONVOY_VECTOR_H

#ifndef LANES
#error "define LANES, the floats in a vector, before including the micro-kernels"
#endif

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

typedef float vec __attribute__((vector_size(LANES * 4)));
typedef int32_t vec_mask __attribute__((vector_size(LANES * 4)));
typedef float vec_unaligned __attribute__((vector_size(LANES * 4), aligned(4), may_alias));

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* Behind a switch over what planning has checked. */
#define UNREACHABLE __builtin_unreachable()

#if defined(__clang__)
#define UNROLL     _Pragma("clang loop unroll(full)")
#define UNROLL_FAR UNROLL
#else
#define UNROLL     _Pragma("GCC unroll 16")
#define UNROLL_FAR _Pragma("GCC unroll 32")
#endif

ALWAYS_INLINE vec load(const float *p) {
    return *(const vec_unaligned *)p;
}

ALWAYS_INLINE void store(float *p, vec v) {
    *(vec_unaligned *)p = v;
}

ALWAYS_INLINE vec splat(float value) {
    return value - (vec){0};
}

typedef uint16_t vec_halves __attribute__((vector_size(LANES * 2), aligned(2), may_alias));
typedef uint32_t vec_bits __attribute__((vector_size(LANES * 4)));

/* Brain floats are the upper halves of floats. */
ALWAYS_INLINE vec load_bfloat16(const uint16_t *p) {
    return (vec)(__builtin_convertvector(*(const vec_halves *)p, vec_bits) << 16);
}

ALWAYS_INLINE vec load_float16(const uint16_t *p) {
#if defined(__AVX512F__) && LANES == 16
    return (vec)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p));
#elif defined(__F16C__) && LANES == 8
    return (vec)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p));
#elif defined(__aarch64__) && LANES == 4
    return (vec)vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p)));
#else
    /* The exponent moves to its new place and is scaled to its new bias, exactly, subnormals included (2^112). */
    const vec_bits bits = __builtin_convertvector(*(const vec_halves *)p, vec_bits);
    const vec_bits magnitude = (bits & 0x7fffu) << 13;
    const vec scaled = (vec)magnitude * 0x1p112f;
    const vec_bits special = (vec_bits)(magnitude >= 0x0f800000u) & 0x7f800000u;
    return (vec)((vec_bits)scaled | special | (bits & 0x8000u) << 16);
#endif
}

/* The first n of LANES floats, 0 < n < LANES; the others are zero. Nothing beyond is read or written. */
ALWAYS_INLINE vec load_partial(const float *p, ptrdiff_t n) {
#if defined(__AVX512F__) && LANES == 16
    return (vec)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
#elif defined(__AVX2__) && LANES == 8
    static const int32_t window[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
    return (vec)_mm256_maskload_ps(p, _mm256_loadu_si256((const __m256i *)(window + 8 - n)));
#else
    float lanes[LANES] = {0};
    for (ptrdiff_t i = 0; i < n; i++) {
        lanes[i] = p[i];
    }
    return load(lanes);
#endif
}

ALWAYS_INLINE void store_partial(float *p, vec v, ptrdiff_t n) {
#if defined(__AVX512F__) && LANES == 16
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v);
#elif defined(__AVX2__) && LANES == 8
    /* By powers of two: a masked store is slow on AMD's processors. */
    __m128 rest = _mm256_castps256_ps128((__m256)v);
    if (n & 4) {
        _mm_storeu_ps(p, rest);
        rest = _mm256_extractf128_ps((__m256)v, 1);
        p += 4;
    }
    if (n & 2) {
        _mm_storel_pi((__m64 *)p, rest);
        rest = _mm_movehl_ps(rest, rest);
        p += 2;
    }
    if (n & 1) {
        _mm_store_ss(p, rest);
    }
#else
    float lanes[LANES];
    store(lanes, v);
    for (ptrdiff_t i = 0; i < n; i++) {
        p[i] = lanes[i];
    }
#endif
}

ALWAYS_INLINE vec select(vec_mask mask, vec yes, vec no) {
    return (vec)((mask & (vec_mask)yes) | (~mask & (vec_mask)no));
}

/* Not of NaN, nor of a zero. */
ALWAYS_INLINE vec_mask below_zero(vec x) {
    return (vec_mask)(x < (vec){0});
}

/* NaN stays NaN: it does not compare below zero. */
ALWAYS_INLINE vec relu(vec x) {
    return (vec)((vec_mask)x & ~(vec_mask)(x < (vec){0}));
}

/* NaN wins over every number, whichever side it is on; of two that are equal, best stays. */
ALWAYS_INLINE vec maximum(vec best, vec x) {
#if defined(__AVX512F__) && LANES == 16
    const __mmask16 is_nan = _mm512_cmp_ps_mask((__m512)x, (__m512)x, _CMP_UNORD_Q);
    return (vec)_mm512_mask_mov_ps(_mm512_max_ps((__m512)x, (__m512)best), is_nan, (__m512)x);
#elif defined(__AVX2__) && LANES == 8
    const __m256 is_nan = _mm256_cmp_ps((__m256)x, (__m256)x, _CMP_UNORD_Q);
    return (vec)_mm256_blendv_ps(_mm256_max_ps((__m256)x, (__m256)best), (__m256)x, is_nan);
#else
    return select((vec_mask)(x > best) | (vec_mask)(x != x), x, best);
#endif
}

/* The same for the smaller. */
ALWAYS_INLINE vec minimum(vec best, vec x) {
    return select((vec_mask)(x < best) | (vec_mask)(x != x), x, best);
}

/* The smaller of the two; NaN where x is NaN. */
ALWAYS_INLINE vec at_most(vec limit, vec x) {
#if defined(__AVX512F__) && LANES == 16
    return (vec)_mm512_min_ps((__m512)limit, (__m512)x);
#elif defined(__AVX2__) && LANES == 8
    return (vec)_mm256_min_ps((__m256)limit, (__m256)x);
#else
    return select((vec_mask)(x > limit), limit, x);
#endif
}

/* The larger of the two; NaN where x is NaN. */
ALWAYS_INLINE vec at_least(vec limit, vec x) {
#if defined(__AVX512F__) && LANES == 16
    return (vec)_mm512_max_ps((__m512)limit, (__m512)x);
#elif defined(__AVX2__) && LANES == 8
    return (vec)_mm256_max_ps((__m256)limit, (__m256)x);
#else
    return select((vec_mask)(x < limit), limit, x);
#endif
}

/* NaN stays NaN. */
ALWAYS_INLINE vec clip(vec x, vec low, vec high) {
    return at_most(high, at_least(low, x));
}

#endif
