/*
 * What every kernel file begins with; the host puts it in front of each.
 *
 * A work-item does a piece of a row: PIECE in the argument lists is how many neighbouring elements that is. On a CPU
 * device the host hands out whole rows, since a work-item there is a loop; on a GPU a few elements, since there it is a
 * lane.
 */
#ifndef VECTOR
#define VECTOR 8 /* floats in the vectors that loops over channels use: 4, 8 or 16 */
#endif

#define CONCATENATE_(a, b) a##b
#define CONCATENATE(a, b)  CONCATENATE_(a, b)

typedef CONCATENATE(float, VECTOR) vec;

#define LOAD(p)     CONCATENATE(vload, VECTOR)(0, p)
#define STORE(v, p) CONCATENATE(vstore, VECTOR)(v, 0, p)

enum { ACTIVATION_NONE = 0, ACTIVATION_RELU = 1, ACTIVATION_TANH = 2 };

/* An activation of numbers or vectors; NaN stays NaN: it is not below zero. */
#define DEFINE_ACTIVATE(name, type)                                                                                    \
    type name(const type x, const int activation) {                                                                    \
        if (activation == ACTIVATION_RELU) {                                                                           \
            return x < 0.0f ? (type)0.0f : x;                                                                          \
        }                                                                                                              \
        return activation == ACTIVATION_TANH ? tanh(x) : x;                                                            \
    }

DEFINE_ACTIVATE(activate, float)

/* The larger of two numbers or, element by element, vectors; NaN propagates. */
#define LARGER(a, b) ((b) > (a) || isnan(b) ? (b) : (a))
