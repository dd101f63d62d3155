/*
 * A vector of output channels, as the convolutions compute them: the file that includes this one says how many.
 */
#include "common.cl"

typedef CONCATENATE(float, TILE_CHANNELS) channels;
#define LOAD_CHANNELS(p) CONCATENATE(vload, TILE_CHANNELS)(0, p)

DEFINE_ACTIVATE(activate_channels, channels)

/* Stores the first channels of a vector, however many more than that it has; none where count is not positive. */
void store_channels(const channels value, __global float *y, const int count) {
    if (count >= TILE_CHANNELS) {
        CONCATENATE(vstore, TILE_CHANNELS)(value, 0, y);
        return;
    }
    float values[TILE_CHANNELS];
    CONCATENATE(vstore, TILE_CHANNELS)(value, 0, values);
#pragma unroll
    for (int c = 0; c < TILE_CHANNELS; c++) {
        if (c < count) {
            y[c] = values[c];
        }
    }
}
