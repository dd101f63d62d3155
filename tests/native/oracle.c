#include "oracle.h"

#include <math.h>
#include <stddef.h>

double oracle_activation(double x, int32_t activation) {
    if (activation == CONVOY_ACTIVATION_RELU) {
        return x < 0.0 ? 0.0 : x;
    }
    return activation == CONVOY_ACTIVATION_TANH ? tanh(x) : x;
}

int32_t oracle_conv2d_out_height(const convoy_conv2d_desc *d) {
    return (d->height + d->pad_top + d->pad_bottom - d->dilation_h * (d->kernel_h - 1) - 1) / d->stride_h + 1;
}

int32_t oracle_conv2d_out_width(const convoy_conv2d_desc *d) {
    return (d->width + d->pad_left + d->pad_right - d->dilation_w * (d->kernel_w - 1) - 1) / d->stride_w + 1;
}

/* One output element; adds the terms' absolute values to *magnitude. */
static double convolve(const convoy_conv2d_desc *d, const float *image, const float *weights, int32_t row,
                       int32_t column, int32_t channel, double *magnitude) {
    const int32_t group_in = d->in_channels / d->groups;
    const int32_t first_in = channel / (d->out_channels / d->groups) * group_in;
    double sum = 0.0;
    for (int32_t ky = 0; ky < d->kernel_h; ky++) {
        const int32_t iy = row * d->stride_h + ky * d->dilation_h - d->pad_top;
        for (int32_t kx = 0; kx < d->kernel_w; kx++) {
            const int32_t ix = column * d->stride_w + kx * d->dilation_w - d->pad_left;
            if (iy < 0 || iy >= d->height || ix < 0 || ix >= d->width) {
                continue;
            }
            const float *x = image + ((ptrdiff_t)iy * d->width + ix) * d->in_channels + first_in;
            const float *w = weights + ((ptrdiff_t)channel * group_in * d->kernel_h + ky) * d->kernel_w + kx;
            for (int32_t c = 0; c < group_in; c++) {
                const double term = (double)x[c] * (double)w[(ptrdiff_t)c * d->kernel_h * d->kernel_w];
                sum += term;
                *magnitude += fabs(term);
            }
        }
    }
    return sum;
}

void oracle_conv2d(const convoy_conv2d_desc *d, const float *x, const float *weights, const float *bias, double *y,
                   double *magnitude) {
    const int32_t out_height = oracle_conv2d_out_height(d);
    const int32_t out_width = oracle_conv2d_out_width(d);
    ptrdiff_t at = 0;
    for (int32_t image = 0; image < d->batch; image++, x += (ptrdiff_t)d->height * d->width * d->in_channels) {
        for (int32_t row = 0; row < out_height; row++) {
            for (int32_t column = 0; column < out_width; column++) {
                for (int32_t channel = 0; channel < d->out_channels; channel++, at++) {
                    const double b = bias != NULL ? (double)bias[channel] : 0.0;
                    double terms = fabs(b);
                    y[at] = oracle_activation(b + convolve(d, x, weights, row, column, channel, &terms), d->activation);
                    if (magnitude != NULL) {
                        magnitude[at] = terms;
                    }
                }
            }
        }
    }
}

void oracle_dense(const convoy_dense_desc *d, const float *x, const float *weights, const float *bias, double *y,
                  double *magnitude) {
    const ptrdiff_t pixels = (ptrdiff_t)d->height * d->width;
    const ptrdiff_t features = pixels * d->channels;
    for (int32_t image = 0; image < d->batch; image++, x += features) {
        for (int32_t out = 0; out < d->out_features; out++) {
            double sum = bias != NULL ? (double)bias[out] : 0.0;
            double terms = fabs(sum);
            for (int32_t c = 0; c < d->channels; c++) {
                for (ptrdiff_t p = 0; p < pixels; p++) {
                    const double term =
                        (double)x[p * d->channels + c] * (double)weights[out * features + c * pixels + p];
                    sum += term;
                    terms += fabs(term);
                }
            }
            *y++ = oracle_activation(sum, d->activation);
            if (magnitude != NULL) {
                *magnitude++ = terms;
            }
        }
    }
}

/* The window of output index i along one axis, before clipping to the image. */
static void pool_window(const convoy_pool2d_desc *d, int32_t i, int vertical, int32_t *first, int32_t *end) {
    if (d->kind == CONVOY_POOL_ADAPTIVE_AVERAGE) {
        const int32_t extent = vertical ? d->height : d->width;
        const int32_t windows = vertical ? d->out_height : d->out_width;
        *first = (int32_t)floor((double)i * extent / windows);
        *end = (int32_t)ceil((double)(i + 1) * extent / windows);
    } else {
        *first = vertical ? i * d->stride_h - d->pad_top : i * d->stride_w - d->pad_left;
        *end = *first + (vertical ? d->kernel_h : d->kernel_w);
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
    for (int32_t iy = top; iy < bottom; iy++) {
        for (int32_t ix = left; ix < right; ix++) {
            padded += iy < d->height + d->pad_bottom && ix < d->width + d->pad_right;
            if (iy < 0 || iy >= d->height || ix < 0 || ix >= d->width) {
                continue;
            }
            const double value = (double)image[((ptrdiff_t)iy * d->width + ix) * d->channels + c];
            inside++;
            sum += value;
            has_nan |= isnan(value);
            largest = value > largest ? value : largest;
        }
    }
    if (d->kind == CONVOY_POOL_MAX) {
        return has_nan ? (double)NAN : largest;
    }
    return sum / (double)(d->kind == CONVOY_POOL_AVERAGE_PADDED ? padded : inside);
}

void oracle_pool2d(const convoy_pool2d_desc *d, const float *x, double *y) {
    for (int32_t image = 0; image < d->batch; image++, x += (ptrdiff_t)d->height * d->width * d->channels) {
        for (int32_t row = 0; row < d->out_height; row++) {
            for (int32_t column = 0; column < d->out_width; column++) {
                for (int32_t c = 0; c < d->channels; c++) {
                    *y++ = pool_element(d, x, row, column, c);
                }
            }
        }
    }
}

void oracle_lrn(const convoy_lrn_desc *d, const float *x, double *y) {
    const ptrdiff_t pixels = (ptrdiff_t)d->batch * d->height * d->width;
    for (ptrdiff_t p = 0; p < pixels; p++, x += d->channels) {
        for (int32_t c = 0; c < d->channels; c++) {
            double sum = 0.0;
            for (int32_t j = c - (d->size - 1) / 2; j <= c + d->size / 2; j++) {
                sum += j >= 0 && j < d->channels ? (double)x[j] * (double)x[j] : 0.0;
            }
            *y++ = (double)x[c] / pow((double)d->k + (double)d->alpha / d->size * sum, (double)d->beta);
        }
    }
}

void oracle_softmax(const convoy_softmax_desc *d, const float *x, double *y) {
    const ptrdiff_t pixels = (ptrdiff_t)d->batch * d->height * d->width;
    for (ptrdiff_t p = 0; p < pixels; p++, x += d->channels, y += d->channels) {
        double largest = -HUGE_VAL;
        double sum = 0.0;
        for (int32_t c = 0; c < d->channels; c++) {
            largest = (double)x[c] > largest ? (double)x[c] : largest;
        }
        for (int32_t c = 0; c < d->channels; c++) {
            y[c] = exp((double)x[c] - largest);
            sum += y[c];
        }
        for (int32_t c = 0; c < d->channels; c++) {
            y[c] /= sum;
        }
    }
}
