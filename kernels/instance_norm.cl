/*
 * Instance normalisation (Ulyanov et al. 2016), NHWC: the mean and the sum of squared distances from it of each segment
 * of pixels, of these the image's (Chan, Golub and LeVeque 1979, "Updating formulae and a pairwise algorithm for
 * computing sample variances"), and the results. Segments are a matter of the image's shape alone, and few enough
 * pixels for a sum in single precision.
 */
#include "common.cl"

DEFINE_ACTIVATE(activate, float)

/*
 * moments: [image][segment][mean, distances][channel]. One work-item: a piece of a segment's channels.
 */
__kernel void instance_segments(__global const float *restrict x, const int x_offset, __global float *moments,
                                const int moments_offset, const int pixels, const int channels, const int segments,
                                const int segment_pixels, const int piece) {
    const size_t segment = get_global_id(1);
    const int first = segment % segments * segment_pixels;
    const int count = min(segment_pixels, pixels - first);
    const int begin = get_global_id(0) * piece;
    const int end = min(begin + piece, channels);
    __global const float *in = x + x_offset + (segment / segments * pixels + first) * channels;
    __global float *means = moments + moments_offset + segment * 2 * channels;
    __global float *distances = means + channels;
    for (int c = begin; c < end; c++) {
        float sum = 0.0f;
        for (int pixel = 0; pixel < count; pixel++) {
            sum += in[pixel * channels + c];
        }
        const float mean = sum / (float)count;
        float squares = 0.0f;
        for (int pixel = 0; pixel < count; pixel++) {
            const float distance = in[pixel * channels + c] - mean;
            squares = fma(distance, distance, squares);
        }
        means[c] = mean;
        distances[c] = squares;
    }
}

/* factors: [image][mean, gain][channel]. One work-item: a piece of an image's channels. */
__kernel void instance_moments(__global const float *moments, const int moments_offset, __global float *factors,
                               const int factors_offset, __global const float *restrict weights, const int pixels,
                               const int channels, const int segments, const int segment_pixels, const float epsilon,
                               const int piece) {
    const size_t image = get_global_id(1);
    const int begin = get_global_id(0) * piece;
    const int end = min(begin + piece, channels);
    __global const float *of_segments = moments + moments_offset + image * segments * 2 * channels;
    __global float *means = factors + factors_offset + image * 2 * channels;
    for (int c = begin; c < end; c++) {
        float mean = of_segments[c];
        float squares = of_segments[channels + c];
        float counted = segment_pixels < pixels ? segment_pixels : pixels;
        for (int segment = 1; segment < segments; segment++) {
            __global const float *other = of_segments + segment * 2 * channels;
            const float count = min(segment_pixels, pixels - segment * segment_pixels);
            const float total = counted + count;
            const float distance = other[c] - mean;
            squares += other[channels + c] + distance * distance * (counted * count / total);
            mean = fma(distance, count / total, mean);
            counted = total;
        }
        means[c] = mean;
        means[channels + c] = weights[c] / sqrt(squares / (float)pixels + epsilon);
    }
}

/* One work-item: a piece of a pixel's channels. */
__kernel void instance_norm(__global const float *restrict x, const int x_offset, __global const float *factors,
                            const int factors_offset, __global const float *restrict bias,
                            __global const float *restrict slopes, __global float *restrict y, const int y_offset,
                            const int pixels, const int channels, const int piece) {
    const size_t pixel = get_global_id(1);
    const int begin = get_global_id(0) * piece;
    const int end = min(begin + piece, channels);
    __global const float *in = x + x_offset + pixel * channels;
    __global const float *means = factors + factors_offset + pixel / pixels * 2 * channels;
    __global float *out = y + y_offset + pixel * channels;
    for (int c = begin; c < end; c++) {
        const float result = fma(in[c] - means[c], means[channels + c], bias[c]);
        out[c] = activate(result, HAS_SLOPES ? slopes[c] : 0.0f);
    }
}
