/*
 * Depthwise convolution: a filter for each channel, which reads that channel alone (Howard et al. 2017, "MobileNets",
 * section 3.1). In NHWC neighbouring channels lie side by side, so a vector of them is computed at a time, TILE_WIDTH
 * pixels of a row together, which read each weight once. Padding is not stored: taps beyond the image are left out. An
 * output is one chain of additions, over the kernel's rows and columns in that order, wherever it lies.
 *
 * Weights are packed by the host as [panel][tap][TILE_CHANNELS], the last panel filled up with zeros; the bias as
 * [panel][TILE_CHANNELS], and behind it, in the same way, the slopes of an activation that has some.
 */
#ifndef TILE_CHANNELS
#define TILE_CHANNELS 8 /* channels a work-item computes: 4, 8 or 16 */
#endif
#ifndef TILE_WIDTH
#define TILE_WIDTH 4 /* pixels of a row that it computes together */
#endif

#include "channels.cl"

typedef struct {
    int height;
    int width;
    int channels;
    int out_height;
    int out_width;
    int kernel_h;
    int kernel_w;
    int stride_h;
    int stride_w;
    int dilation_h;
    int dilation_w;
    int top;
    int left;
    int panels;
} depthwise_shape;

/* One work-item: some pixels of an output row, by a panel of channels. */
__kernel void depthwise(__global const float *restrict x, const int x_offset, __global const float *restrict weights,
                        __global const float *restrict bias, __global float *restrict y, const int y_offset,
                        const depthwise_shape shape, const int columns) {
    const int panel = get_global_id(0);
    const int channel = panel * TILE_CHANNELS;
    const int count = shape.channels - channel;
    const int image = get_global_id(2) / shape.out_height;
    const int row = get_global_id(2) - image * shape.out_height;
    const int first = get_global_id(1) * columns;
    const int end = min(first + columns, shape.out_width);
    const int top = row * shape.stride_h - shape.top;
    const channels shift = LOAD_CHANNELS(bias + channel);
    const channels slope = LOAD_SLOPES(bias + shape.panels * TILE_CHANNELS + channel);
    const int next = shape.stride_w * shape.channels; /* floats from a pixel's input to its neighbour's */
    x += x_offset + (size_t)image * shape.height * shape.width * shape.channels + channel;
    y += y_offset + ((size_t)image * shape.out_height + row) * shape.out_width * shape.channels + channel;
    weights += (size_t)panel * shape.kernel_h * shape.kernel_w * TILE_CHANNELS;
    for (int column = first; column < end;) {
        const int left = column * shape.stride_w - shape.left;
        const int right = left + (TILE_WIDTH - 1) * shape.stride_w + (shape.kernel_w - 1) * shape.dilation_w;
        /* Within the image in all its columns, a whole tile needs no tests. */
        const int is_tile = column + TILE_WIDTH <= end && left >= 0 && right < shape.width;
        channels sums[TILE_WIDTH];
#pragma unroll
        for (int i = 0; i < TILE_WIDTH; i++) {
            sums[i] = 0.0f;
        }
        for (int kernel_row = 0; kernel_row < shape.kernel_h; kernel_row++) {
            const int h = top + kernel_row * shape.dilation_h;
            if (h < 0 || h >= shape.height) {
                continue;
            }
            for (int kernel_column = 0; kernel_column < shape.kernel_w; kernel_column++) {
                const int w = left + kernel_column * shape.dilation_w;
                const channels filter =
                    LOAD_CHANNELS(weights + (kernel_row * shape.kernel_w + kernel_column) * TILE_CHANNELS);
                __global const float *in = x + (h * shape.width + w) * shape.channels;
                if (is_tile) {
#pragma unroll
                    for (int i = 0; i < TILE_WIDTH; i++) {
                        sums[i] = fma(load_channels(in + i * next, count), filter, sums[i]);
                    }
                } else if (w >= 0 && w < shape.width) {
                    sums[0] = fma(load_channels(in, count), filter, sums[0]);
                }
            }
        }
        if (is_tile) {
#pragma unroll
            for (int i = 0; i < TILE_WIDTH; i++) {
                store_channels(activate_channels(sums[i] + shift, slope), y + (column + i) * shape.channels, count);
            }
            column += TILE_WIDTH;
        } else {
            store_channels(activate_channels(sums[0] + shift, slope), y + column * shape.channels, count);
            column++;
        }
    }
}
