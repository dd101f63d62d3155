#include "oracle.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

static double clipped(double x, double low, double high) {
    return isnan(x) ? x : fmin(fmax(x, low), high);
}

double oracle_activation(double x, convoy_activation_desc activation, double slope) {
    const double alpha = (double)activation.alpha;
    const double beta = (double)activation.beta;
    switch (activation.kind) {
    case CONVOY_ACTIVATION_NONE:
        return x;
    case CONVOY_ACTIVATION_RELU:
        return x < 0.0 ? 0.0 : x;
    case CONVOY_ACTIVATION_TANH:
        return tanh(x);
    case CONVOY_ACTIVATION_SIGMOID:
        return 1.0 / (1.0 + exp(-x));
    case CONVOY_ACTIVATION_LEAKY_RELU:
        return x < 0.0 ? alpha * x : x;
    case CONVOY_ACTIVATION_CLIP:
        return clipped(x, alpha, beta);
    case CONVOY_ACTIVATION_HARD_SIGMOID:
        return clipped(alpha * x + beta, 0.0, 1.0);
    case CONVOY_ACTIVATION_HARD_SWISH:
        return x * clipped(x / 6.0 + 0.5, 0.0, 1.0);
    case CONVOY_ACTIVATION_SILU:
        return x == -HUGE_VAL ? 0.0 : x / (1.0 + exp(-x));
    case CONVOY_ACTIVATION_ELU:
        return x < 0.0 ? alpha * expm1(x) : x;
    case CONVOY_ACTIVATION_GELU:
        return x == -HUGE_VAL ? 0.0 : x / 2.0 * erfc(-x / sqrt(2.0));
    case CONVOY_ACTIVATION_GELU_TANH:
        /* (1 + tanh z) / 2, which cancels, is 1 / (1 + exp(-2 z)) */
        return x == -HUGE_VAL ? 0.0 : x / (1.0 + exp(-2.0 * sqrt(2.0 / acos(-1.0)) * (x + 0.044715 * x * x * x)));
    case CONVOY_ACTIVATION_SOFTPLUS:
        return isnan(x) ? x : fmax(x, 0.0) + log1p(exp(-fabs(x)));
    case CONVOY_ACTIVATION_PARAMETRIC_RELU:
        return x < 0.0 ? slope * x : x;
    case CONVOY_ACTIVATION_SELU:
        return beta * (x < 0.0 ? alpha * expm1(x) : x);
    default:
        abort();
    }
}

double oracle_binary(double a, double b, int32_t kind) {
    const bool has_nan = isnan(a) || isnan(b);
    switch (kind) {
    case CONVOY_BINARY_ADD:
        return a + b;
    case CONVOY_BINARY_SUBTRACT:
        return a - b;
    case CONVOY_BINARY_MULTIPLY:
        return a * b;
    case CONVOY_BINARY_DIVIDE:
        return a / b;
    case CONVOY_BINARY_MINIMUM:
        return has_nan ? (double)NAN : fmin(a, b);
    case CONVOY_BINARY_MAXIMUM:
        return has_nan ? (double)NAN : fmax(a, b);
    default:
        abort();
    }
}

convoy_image oracle_conv2d_output(const convoy_conv2d_desc *d) {
    const convoy_window *w = &d->window;
    const int32_t height = d->input.height + w->pad_top + w->pad_bottom - d->dilation_h * (w->kernel_h - 1) - 1;
    const int32_t width = d->input.width + w->pad_left + w->pad_right - d->dilation_w * (w->kernel_w - 1) - 1;
    return (convoy_image){height / w->stride_h + 1, width / w->stride_w + 1, d->out_channels};
}

/* One output element; adds the terms' absolute values to *magnitude. */
static double convolve(const convoy_conv2d_desc *d, const float *image, const float *weights, int32_t row,
                       int32_t column, int32_t channel, double *magnitude) {
    const int32_t group_in = d->input.channels / d->groups;
    const int32_t first_in = channel / (d->out_channels / d->groups) * group_in;
    double sum = 0.0;
    for (int32_t ky = 0; ky < d->window.kernel_h; ky++) {
        const int32_t iy = row * d->window.stride_h + ky * d->dilation_h - d->window.pad_top;
        for (int32_t kx = 0; kx < d->window.kernel_w; kx++) {
            const int32_t ix = column * d->window.stride_w + kx * d->dilation_w - d->window.pad_left;
            if (iy < 0 || iy >= d->input.height || ix < 0 || ix >= d->input.width) {
                continue;
            }
            const float *x = image + ((ptrdiff_t)iy * d->input.width + ix) * d->input.channels + first_in;
            const float *w =
                weights + ((ptrdiff_t)channel * group_in * d->window.kernel_h + ky) * d->window.kernel_w + kx;
            for (int32_t c = 0; c < group_in; c++) {
                const double term = (double)x[c] * (double)w[(ptrdiff_t)c * d->window.kernel_h * d->window.kernel_w];
                sum += term;
                *magnitude += fabs(term);
            }
        }
    }
    return sum;
}

void oracle_conv2d(const convoy_conv2d_desc *d, const float *x, const float *weights, const float *bias,
                   const float *slopes, double *y, double *magnitude) {
    const convoy_image output = oracle_conv2d_output(d);
    ptrdiff_t at = 0;
    for (int32_t image = 0; image < d->header.batch;
         image++, x += (ptrdiff_t)d->input.height * d->input.width * d->input.channels) {
        for (int32_t row = 0; row < output.height; row++) {
            for (int32_t column = 0; column < output.width; column++) {
                for (int32_t channel = 0; channel < output.channels; channel++, at++) {
                    const double b = bias != NULL ? (double)bias[channel] : 0.0;
                    double terms = fabs(b);
                    const double slope = slopes != NULL ? (double)slopes[channel] : 0.0;
                    y[at] = oracle_activation(b + convolve(d, x, weights, row, column, channel, &terms), d->activation,
                                              slope);
                    if (magnitude != NULL) {
                        magnitude[at] = terms;
                    }
                }
            }
        }
    }
}

void oracle_dense(const convoy_dense_desc *d, const float *x, const float *weights, const float *bias,
                  const float *slopes, double *y, double *magnitude) {
    const ptrdiff_t pixels = (ptrdiff_t)d->input.height * d->input.width;
    const ptrdiff_t features = pixels * d->input.channels;
    for (int32_t image = 0; image < d->header.batch; image++, x += features) {
        for (int32_t out = 0; out < d->out_features; out++) {
            double sum = bias != NULL ? (double)bias[out] : 0.0;
            double terms = fabs(sum);
            for (int32_t c = 0; c < d->input.channels; c++) {
                for (ptrdiff_t p = 0; p < pixels; p++) {
                    const double term =
                        (double)x[p * d->input.channels + c] * (double)weights[out * features + c * pixels + p];
                    sum += term;
                    terms += fabs(term);
                }
            }
            *y++ = oracle_activation(sum, d->activation, slopes != NULL ? (double)slopes[out] : 0.0);
            if (magnitude != NULL) {
                *magnitude++ = terms;
            }
        }
    }
}

/* The window of output index i along one axis, before clipping to the image: from the first to behind the last element.
 */
static void pool_window(const convoy_pool2d_desc *d, int32_t i, int vertical, int32_t *first, int32_t *end) {
    if (d->kind == CONVOY_POOL_ADAPTIVE_AVERAGE || d->kind == CONVOY_POOL_ADAPTIVE_MAX) {
        const int32_t extent = vertical ? d->input.height : d->input.width;
        const int32_t windows = vertical ? d->out_height : d->out_width;
        *first = (int32_t)floor((double)i * extent / windows);
        *end = (int32_t)ceil((double)(i + 1) * extent / windows);
    } else {
        *first = vertical ? i * d->window.stride_h - d->window.pad_top : i * d->window.stride_w - d->window.pad_left;
        *end = *first + (vertical ? d->window.kernel_h * d->dilation_h : d->window.kernel_w * d->dilation_w);
    }
}

static double pool_element(const convoy_pool2d_desc *d, const float *image, int32_t row, int32_t column, int32_t c) {
    int32_t top, bottom, left, right;
    pool_window(d, row, 1, &top, &bottom);
    pool_window(d, column, 0, &left, &right);
    double sum = 0.0;
    double largest = -HUGE_VAL;
    int64_t inside = 0;
    int64_t padded = 0;
    int has_nan = 0;
    const int is_adaptive = d->kind == CONVOY_POOL_ADAPTIVE_AVERAGE || d->kind == CONVOY_POOL_ADAPTIVE_MAX;
    for (int32_t iy = top; iy < bottom; iy += is_adaptive ? 1 : d->dilation_h) {
        for (int32_t ix = left; ix < right; ix += is_adaptive ? 1 : d->dilation_w) {
            padded += iy < d->input.height + d->window.pad_bottom && ix < d->input.width + d->window.pad_right;
            if (iy < 0 || iy >= d->input.height || ix < 0 || ix >= d->input.width) {
                continue;
            }
            const double value = (double)image[((ptrdiff_t)iy * d->input.width + ix) * d->input.channels + c];
            inside++;
            sum += value;
            has_nan |= isnan(value);
            largest = value > largest ? value : largest;
        }
    }
    if (d->kind == CONVOY_POOL_MAX || d->kind == CONVOY_POOL_ADAPTIVE_MAX) {
        return has_nan ? (double)NAN : largest;
    }
    return sum / (double)(d->kind == CONVOY_POOL_AVERAGE_PADDED ? padded : inside);
}

void oracle_pool2d(const convoy_pool2d_desc *d, const float *x, double *y) {
    for (int32_t image = 0; image < d->header.batch;
         image++, x += (ptrdiff_t)d->input.height * d->input.width * d->input.channels) {
        for (int32_t row = 0; row < d->out_height; row++) {
            for (int32_t column = 0; column < d->out_width; column++) {
                for (int32_t c = 0; c < d->input.channels; c++) {
                    *y++ = pool_element(d, x, row, column, c);
                }
            }
        }
    }
}

void oracle_lrn(const convoy_lrn_desc *d, const float *x, double *y) {
    const ptrdiff_t pixels = (ptrdiff_t)d->header.batch * d->input.height * d->input.width;
    for (ptrdiff_t p = 0; p < pixels; p++, x += d->input.channels) {
        for (int32_t c = 0; c < d->input.channels; c++) {
            double sum = 0.0;
            for (int32_t j = 0; j < d->input.channels; j++) {
                const int32_t distance = d->alignment == CONVOY_LRN_ALIGNMENT_ABOVE ? j - c : c - j;
                sum += 2 * distance > -d->size && 2 * distance <= d->size ? (double)x[j] * (double)x[j] : 0.0;
            }
            *y++ = (double)x[c] / pow((double)d->k + (double)d->alpha / d->size * sum, (double)d->beta);
        }
    }
}

void oracle_softmax(const convoy_softmax_desc *d, const float *x, double *y) {
    const ptrdiff_t pixels = (ptrdiff_t)d->header.batch * d->input.height * d->input.width;
    for (ptrdiff_t p = 0; p < pixels; p++, x += d->input.channels, y += d->input.channels) {
        double largest = -HUGE_VAL;
        double sum = 0.0;
        for (int32_t c = 0; c < d->input.channels; c++) {
            largest = (double)x[c] > largest ? (double)x[c] : largest;
        }
        for (int32_t c = 0; c < d->input.channels; c++) {
            y[c] = exp((double)x[c] - largest);
            sum += y[c];
        }
        for (int32_t c = 0; c < d->input.channels; c++) {
            y[c] = d->kind == CONVOY_SOFTMAX_LOG ? (double)x[c] - largest - log(sum) : y[c] / sum;
        }
    }
}
