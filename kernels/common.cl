/*
 * What the kernel files begin with. host.cl is written by the host (HostSource): the numbers and expressions that both
 * must agree on, out of the host's own lists.
 *
 * A work-item does a piece of a row: PIECE in the argument lists is how many neighbouring elements that is. On a CPU
 * device the host hands out whole rows, since a work-item there is a loop; on a GPU a few elements, since there it is a
 * lane.
 */
#include "host.cl"

#ifndef VECTOR
#define VECTOR 8 /* floats in the vectors that loops over channels use: 4, 8 or 16 */
#endif

#ifndef IS_CPU
#define IS_CPU 0 /* 1: work-items are loops on cores; 0: lanes of a GPU */
#endif

#ifndef ACTIVATION
#define ACTIVATION ACTIVATION_NONE /* what is applied to results: one of host.cl's */
#endif
#ifndef ACTIVATION_ALPHA
#define ACTIVATION_ALPHA 0.0f /* its first parameter, where it has one */
#endif
#ifndef ACTIVATION_BETA
#define ACTIVATION_BETA 0.0f /* its second parameter, where it has one */
#endif
#ifndef HAS_SLOPES
#define HAS_SLOPES 0 /* 1: it has a trained slope for each channel */
#endif

#define CONCATENATE_(a, b) a##b
#define CONCATENATE(a, b)  CONCATENATE_(a, b)

typedef CONCATENATE(float, VECTOR) vec;

#define LOAD(p) CONCATENATE(vload, VECTOR)(0, p)

/*
 * Stores to global memory, wherever a float may lie. A core has an instruction for that; vstore becomes four of them
 * and three shuffles, where the driver's compiler does not put its pieces together again.
 */
#if IS_CPU
typedef vec unaligned_vec __attribute__((aligned(4)));
#define STORE(v, p) (*(__global unaligned_vec *)(p) = (v))
#else
#define STORE(v, p) CONCATENATE(vstore, VECTOR)(v, 0, p)
#endif

/* The activation this is built with, of numbers or vectors of a type; slopes are read where HAS_SLOPES is 1. */
#define DEFINE_ACTIVATE(name, type)                                                                                    \
    static type name(const type x, const type slope) {                                                                 \
        return ACTIVATION(type, x, ACTIVATION_ALPHA, ACTIVATION_BETA, slope);                                          \
    }

/* A number or a vector of a type between two limits; NaN stays NaN. */
#define CLIP(type, x, least, most) ((x) < (least) ? (type)(least) : (x) > (most) ? (type)(most) : (x))

/* The larger of two numbers or, element by element, vectors; NaN propagates. */
#define LARGER(a, b) ((b) > (a) || isnan(b) ? (b) : (a))

/*
 * tanh x = x P(x^2) / Q(x^2), two polynomials whose quotient was fitted for the smallest relative error, 2.1e-8, up to
 * 9.02 (tools/tanh-quotient), beyond which tanh rounds to 1. Within 5 ulp, and several times as fast as some drivers'
 * tanh.
 */
#define TANH(type, x)          TANH_QUOTIENT(type, CLIP(type, x, -9.0f, 9.0f))
#define TANH_QUOTIENT(type, x) ((x)*TANH_ABOVE(type, (x) * (x)) / TANH_BELOW(type, (x) * (x)))
#define TANH_ABOVE(type, z)                                                                                            \
    fma(fma(fma(fma((type)(1.3317613e-8f), z, (type)(2.0582437e-5f)), z, (type)(0.0034939724f)), z,                    \
            (type)(0.13379666f)),                                                                                      \
        z, (type)(1.0f))
#define TANH_BELOW(type, z)                                                                                            \
    fma(fma(fma(fma((type)(7.7614238e-7f), z, (type)(3.28299e-4f)), z, (type)(0.025870839f)), z, (type)(0.46712982f)), \
        z, (type)(1.0f))
