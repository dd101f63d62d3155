/* Changes of layout and type at a network's ends. One work-item: a pixel, all its channels. */
#include "common.cl"

__kernel void nchw_to_nhwc(__global const float *restrict x, const int x_offset, __global float *restrict y,
                           const int y_offset, const int channels, const int pixels) {
    const int pixel = get_global_id(0);
    const size_t image = (size_t)get_global_id(1) * channels * pixels;
    for (int c = 0; c < channels; c++) {
        y[y_offset + image + pixel * channels + c] = x[x_offset + image + c * pixels + pixel];
    }
}

__kernel void nhwc_to_nchw(__global const float *restrict x, const int x_offset, __global float *restrict y,
                           const int y_offset, const int channels, const int pixels) {
    const int pixel = get_global_id(0);
    const size_t image = (size_t)get_global_id(1) * channels * pixels;
    for (int c = 0; c < channels; c++) {
        y[y_offset + image + c * pixels + pixel] = x[x_offset + image + pixel * channels + c];
    }
}

/* y[c] = x[c] * scale[c] + shift[c]; "parameters" holds the scales, then the shifts. */
__kernel void bytes_to_floats(__global const uchar *restrict x, __global const float *restrict parameters,
                              __global float *restrict y, const int y_offset, const int channels) {
    const size_t pixel = get_global_id(0);
    for (int c = 0; c < channels; c++) {
        y[y_offset + pixel * channels + c] =
            fma((float)x[pixel * channels + c], parameters[c], parameters[channels + c]);
    }
}
