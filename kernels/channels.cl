/*
 * A vector of channels, as the convolutions compute them: the file that includes this one says how many. One channel is
 * a number, which OpenCL C does not count among its vectors.
 */
#include "common.cl"

#if TILE_CHANNELS == 1
typedef float channels;
#define LOAD_CHANNELS(p)     (*(p))
#define STORE_CHANNELS(v, p) (*(p) = (v))
#else
typedef CONCATENATE(float, TILE_CHANNELS) channels;
#define LOAD_CHANNELS(p)     CONCATENATE(vload, TILE_CHANNELS)(0, p)
#define STORE_CHANNELS(v, p) CONCATENATE(vstore, TILE_CHANNELS)(v, 0, p)
#endif

#if IS_CPU
typedef channels unaligned_channels __attribute__((aligned(4))); /* as STORE of common.cl has them */
#define STORE_TO_GLOBAL(v, p) (*(__global unaligned_channels *)(p) = (v))
#define STORE_TO_LOCAL(v, p)  (*(__local unaligned_channels *)(p) = (v))
#else
#define STORE_TO_GLOBAL(v, p) STORE_CHANNELS(v, p)
#define STORE_TO_LOCAL(v, p)  STORE_CHANNELS(v, p)
#endif

DEFINE_ACTIVATE(activate_channels, channels)

/* Slopes lie like the bias, behind it. */
#define LOAD_SLOPES(p) (HAS_SLOPES ? LOAD_CHANNELS(p) : (channels)0.0f)

/* Loads of vectors of which only the first channels are there; the others are zero. Rare, and long. */
channels load_first_channels(__global const float *x, const int count) {
    float values[TILE_CHANNELS];
#pragma unroll
    for (int c = 0; c < TILE_CHANNELS; c++) {
        values[c] = c < count ? x[c] : 0.0f;
    }
    return LOAD_CHANNELS(values);
}

/* The same of stores. */
void store_first_channels(const channels value, __global float *y, const int count) {
    float values[TILE_CHANNELS];
    STORE_CHANNELS(value, values);
#pragma unroll
    for (int c = 0; c < TILE_CHANNELS; c++) {
        if (c < count) {
            y[c] = values[c];
        }
    }
}

/*
 * Loads the first channels of a vector, count of them or all; the others are zero. A call would cost several times what
 * a load does, and compilers make one where they are not told. (Some files leave either function unused.)
 */
static __attribute__((always_inline, unused)) channels load_channels(__global const float *x, const int count) {
    return count >= TILE_CHANNELS ? LOAD_CHANNELS(x) : load_first_channels(x, count);
}

/* Stores the first channels of a vector, however many more than that it has; none where count is not positive. */
static __attribute__((always_inline, unused)) void store_channels(const channels value, __global float *y,
                                                                  const int count) {
    if (count >= TILE_CHANNELS) {
        STORE_TO_GLOBAL(value, y);
    } else {
        store_first_channels(value, y, count);
    }
}
