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

DEFINE_ACTIVATE(activate_channels, channels)

/* Slopes lie like the bias, behind it. */
#define LOAD_SLOPES(p) (HAS_SLOPES ? LOAD_CHANNELS(p) : (channels)0.0f)

/*
 * Loads the first channels of a vector, count of them or all; the others are zero. (Not static, as what other files
 * have: some of them leave it unused.)
 */
channels load_channels(__global const float *x, const int count) {
    if (count >= TILE_CHANNELS) {
        return LOAD_CHANNELS(x);
    }
    float values[TILE_CHANNELS];
#pragma unroll
    for (int c = 0; c < TILE_CHANNELS; c++) {
        values[c] = c < count ? x[c] : 0.0f;
    }
    return LOAD_CHANNELS(values);
}

/* Stores the first channels of a vector, however many more than that it has; none where count is not positive. */
void store_channels(const channels value, __global float *y, const int count) {
    if (count >= TILE_CHANNELS) {
        STORE_CHANNELS(value, y);
        return;
    }
    float values[TILE_CHANNELS];
    STORE_CHANNELS(value, values);
#pragma unroll
    for (int c = 0; c < TILE_CHANNELS; c++) {
        if (c < count) {
            y[c] = values[c];
        }
    }
}
