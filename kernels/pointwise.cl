/* Layers that work within a pixel, NHWC. */
#include "common.cl"

/* One input of a concatenation: a pixel's channels into their place among more. One work-item: a piece of a pixel. */
__kernel void concat(__global const float *restrict x, const int x_offset, __global float *restrict y,
                     const int y_offset, const int channels, const int out_channels, const int channel_offset,
                     const int piece) {
    const size_t pixel = get_global_id(1);
    const int begin = get_global_id(0) * piece;
    const int end = min(begin + piece, channels);
    for (int c = begin; c < end; c++) {
        y[y_offset + pixel * out_channels + channel_offset + c] = x[x_offset + pixel * channels + c];
    }
}

/*
 * Local response normalisation (Krizhevsky et al. 2012, section 3.3; alpha divided by the size) of each channel by
 * those from `before` below it to `after` above. One work-item: a piece of a pixel's channels.
 */
__kernel void lrn(__global const float *restrict x, const int x_offset, __global float *restrict y, const int y_offset,
                  const int channels, const int before, const int after, const float alpha_over_size, const float beta,
                  const float k, const int piece) {
    const size_t pixel = get_global_id(1);
    const int begin = get_global_id(0) * piece;
    const int end = min(begin + piece, channels);
    __global const float *in = x + x_offset + pixel * channels;
    __global float *out = y + y_offset + pixel * channels;
    for (int c = begin; c < end; c++) {
        float sum = 0.0f;
        const int last = min(channels - 1, c + after);
        for (int j = max(0, c - before); j <= last; j++) {
            sum = fma(in[j], in[j], sum);
        }
        const float scale = fma(alpha_over_size, sum, k);
        const float root = sqrt(scale);
        out[c] = in[c] / (beta == 0.75f ? root * sqrt(root) : pow(scale, beta));
    }
}

/* The channels of a work-item's pixel. */
#define PIXEL_OF(map) (map + map##_offset + get_global_id(0) * channels)

static float largest_of(__global const float *x, const int channels) {
    float largest = -INFINITY;
    for (int c = 0; c < channels; c++) {
        largest = x[c] > largest ? x[c] : largest;
    }
    return largest;
}

/* exp(x - max) / sum over a pixel's channels. One work-item: a pixel. */
__kernel void softmax(__global const float *restrict x, const int x_offset, __global float *restrict y,
                      const int y_offset, const int channels) {
    __global const float *in = PIXEL_OF(x);
    __global float *out = PIXEL_OF(y);
    const float largest = largest_of(in, channels);
    float sum = 0.0f;
    for (int c = 0; c < channels; c++) {
        const float value = exp(in[c] - largest);
        out[c] = value;
        sum += value;
    }
    for (int c = 0; c < channels; c++) {
        out[c] /= sum;
    }
}

/*
 * x - max - log(sum of exp(x - max)) over a pixel's channels. One work-item: a pixel. It errs by 2 units of the last
 * place at most and (channels + 32) 6e-8, which is what the sum and its terms may.
 */
__kernel void log_softmax(__global const float *restrict x, const int x_offset, __global float *restrict y,
                          const int y_offset, const int channels) {
    __global const float *in = PIXEL_OF(x);
    __global float *out = PIXEL_OF(y);
    const float largest = largest_of(in, channels);
    float sum = 0.0f;
    for (int c = 0; c < channels; c++) {
        sum += exp(in[c] - largest);
    }
    const float shift = log(sum);
    for (int c = 0; c < channels; c++) {
        out[c] = in[c] - largest - shift;
    }
}
