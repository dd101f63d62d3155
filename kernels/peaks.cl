/*
 * What a device can do at best, as work of a known amount: multiply-adds from registers, memory read, and nothing at
 * all. Nothing in a network uses it; `convoy devices` and the shares of peak in `convoy profile` do.
 */
#ifndef REAL
#define REAL float /* what multiply-adds are of: float or half */
#endif

#ifndef WIDTH
#define WIDTH 8 /* numbers in a vector: 1, 2, 4, 8 or 16 */
#endif

#ifndef CHAINS
#define CHAINS 10 /* multiply-adds that do not wait for one another; enough to hide the latency of one */
#endif

#ifdef NEEDS_HALF
#pragma OPENCL EXTENSION cl_khr_fp16 : enable
#endif

#define CONCATENATE_(a, b) a##b
#define CONCATENATE(a, b)  CONCATENATE_(a, b)

#if WIDTH == 1
typedef REAL vec;
typedef float reading;
#define FLOATS_OF(v) convert_float(v)
#define SUM_1(v)     (v)
#else
typedef CONCATENATE(REAL, WIDTH) vec;
typedef CONCATENATE(float, WIDTH) reading;
#define FLOATS_OF(v) CONCATENATE(convert_float, WIDTH)(v)
#define SUM_2(v)     ((v).lo + (v).hi)
#define SUM_4(v)     SUM_2((v).lo + (v).hi)
#define SUM_8(v)     SUM_4((v).lo + (v).hi)
#define SUM_16(v)    SUM_8((v).lo + (v).hi)
#endif
#define SUM(v) CONCATENATE(SUM_, WIDTH)(v)

/* Each chain is x = x * scale + step, so often; chain i begins with i. */
__kernel void multiply_adds(const int repeats, const float scale, const float step, __global float *restrict y) {
    const vec scales = (vec)(REAL)scale, steps = (vec)(REAL)step;
    vec x[CHAINS];
    __attribute__((opencl_unroll_hint(CHAINS))) for (int i = 0; i < CHAINS; i++) {
        x[i] = (vec)(REAL)i;
    }
    for (int r = 0; r < repeats; r++) {
        __attribute__((opencl_unroll_hint(CHAINS))) for (int i = 0; i < CHAINS; i++) {
            x[i] = fma(x[i], scales, steps);
        }
    }
    float sum = 0.0f;
    __attribute__((opencl_unroll_hint(CHAINS))) for (int i = 0; i < CHAINS; i++) {
        const reading numbers = FLOATS_OF(x[i]);
        sum += SUM(numbers);
    }
    y[get_global_id(0)] = sum;
}

/*
 * Memory in `pieces` pieces. The vectors of the first begin at number first, of each next one `between` vectors further
 * on, and lie `step` vectors apart; count, a multiple of 4, is how many a piece has. A work-item reads `repeats` of the
 * pieces: its own, and then each time the one that is `turn` pieces further on, so that what is read again was long
 * left by its own unit's caches.
 */
__kernel void read_memory(const int first, const int between, const int step, const int count, const int pieces,
                          const int turn, const int repeats, __global const float *restrict x,
                          __global float *restrict y) {
    int piece = get_global_id(0) % pieces;
    reading a = (reading)(0.0f), b = a, c = a, d = a;
    for (int r = 0; r < repeats; r++) {
        __global const reading *p = (__global const reading *)x + first + piece * (size_t)between;
        for (int i = 0; i < count; i += 4) {
            a += p[0];
            b += p[(size_t)step];
            c += p[(size_t)step * 2];
            d += p[(size_t)step * 3];
            p += (size_t)step * 4;
        }
        piece += turn;
        piece -= piece >= pieces ? pieces : 0;
    }
    const reading sum = (a + b) + (c + d);
    y[get_global_id(0)] = SUM(sum);
}

__kernel void nothing(const int unused) {}
