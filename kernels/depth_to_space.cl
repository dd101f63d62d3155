/*
 * Channels of a pixel that become a square of pixels, in NHWC feature maps. One work-item: a piece of the channels of a
 * pixel of the output.
 */
__kernel void depth_to_space(__global const float *restrict x, const int x_offset, __global float *restrict y,
                             const int y_offset, const int width, const int block, const int channels,
                             const int place_stride, const int channel_stride, const int piece) {
    const int pixel = get_global_id(1);
    const int row = pixel / (width * block);
    const int column = pixel - row * width * block;
    const int place = row % block * block + column % block;
    const int first = get_global_id(0) * piece;
    const int end = min(first + piece, channels);
    __global float *out = y + y_offset + (size_t)pixel * channels;
    __global const float *in =
        x + x_offset + ((size_t)(row / block) * width + column / block) * channels * block * block;
    for (int c = first; c < end; c++) {
        out[c] = in[place * place_stride + c * channel_stride];
    }
}
