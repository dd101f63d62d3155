/* Convolution: checks a descriptor, and plans it by the algorithm asked for, or by the cheapest. */
#include "convolution/conv2d.h"

#include "activation/activation.h"
#include "core/geometry.h"
#include "winograd/winograd.h"

#include <string.h>

typedef int32_t plan_function(const convoy_conv2d_desc *desc, convoy_plan *plan);

/* By convoy_algorithm. NULL: there is no convolution of that kind. */
static plan_function *const algorithms[] = {
    [CONVOY_ALGORITHM_DIRECT] = convoy_plan_direct,
    [CONVOY_ALGORITHM_WINOGRAD] = convoy_plan_winograd,
};

enum { ALGORITHMS = sizeof algorithms / sizeof algorithms[0] };

static bool is_valid(const convoy_conv2d_desc *desc) {
    const int32_t extents[] = {desc->height,     desc->width,      desc->in_channels, desc->out_channels,
                               desc->kernel_h,   desc->kernel_w,   desc->stride_h,    desc->stride_w,
                               desc->dilation_h, desc->dilation_w, desc->groups};
    for (size_t i = 0; i < sizeof extents / sizeof extents[0]; i++) {
        if (!convoy_is_extent(extents[i])) {
            return false;
        }
    }
    return convoy_is_padding(desc->pad_top) && convoy_is_padding(desc->pad_left) &&
           convoy_is_padding(desc->pad_bottom) && convoy_is_padding(desc->pad_right) &&
           desc->input_layout >= CONVOY_LAYOUT_NHWC && desc->input_layout <= CONVOY_LAYOUT_NCHW && desc->points >= 0 &&
           desc->points <= 8 && desc->points % 2 == 0 && desc->points != 2 && desc->in_channels % desc->groups == 0 &&
           desc->out_channels % desc->groups == 0 && convoy_is_activation(desc->activation);
}

static bool is_none(const convoy_max_pool *pool) {
    static const convoy_max_pool none = {0};
    return memcmp(pool, &none, sizeof none) == 0;
}

/* There are windows of the convolution, and of the pooling behind it. */
static bool has_output(const convoy_conv2d_desc *desc) {
    const convoy_max_pool *pool = &desc->pool;
    const int64_t out_height =
        convoy_output_extent(desc->height, (int64_t)desc->pad_top + desc->pad_bottom,
                             convoy_window_extent(desc->kernel_h, desc->dilation_h), desc->stride_h);
    const int64_t out_width =
        convoy_output_extent(desc->width, (int64_t)desc->pad_left + desc->pad_right,
                             convoy_window_extent(desc->kernel_w, desc->dilation_w), desc->stride_w);
    return out_height > 0 && out_width > 0 &&
           (is_none(pool) ||
            (convoy_windows_fit(pool->out_height, pool->kernel_h, pool->stride_h, pool->pad_top, out_height) &&
             convoy_windows_fit(pool->out_width, pool->kernel_w, pool->stride_w, pool->pad_left, out_width)));
}

/* The cheapest of those that apply; of two that cost the same, the first. */
static int32_t plan_cheapest(const convoy_conv2d_desc *desc, convoy_plan *plan) {
    int32_t result = CONVOY_UNSUPPORTED;
    convoy_plan best = *plan;
    for (int32_t i = 0; i < ALGORITHMS; i++) {
        convoy_plan candidate = *plan;
        const int32_t status = algorithms[i] != NULL ? algorithms[i](desc, &candidate) : CONVOY_UNSUPPORTED;
        if (status == CONVOY_OK && (result != CONVOY_OK || candidate.cost < best.cost)) {
            best = candidate;
            result = CONVOY_OK;
        } else if (result == CONVOY_UNSUPPORTED) {
            result = status;
        }
    }
    if (result == CONVOY_OK) {
        *plan = best;
    }
    return result;
}

int32_t convoy_plan_conv2d(const convoy_conv2d_desc *desc, convoy_plan *plan) {
    convoy_draft draft;
    const int32_t status = convoy_plan_begin(&draft, &convoy_direct_operator, desc, plan);
    if (status != CONVOY_OK) {
        return status;
    }
    if (!is_valid(desc) || !has_output(desc) || desc->algorithm < 0 || desc->algorithm >= ALGORITHMS) {
        return CONVOY_BAD_VALUE;
    }
    if (desc->algorithm == CONVOY_ALGORITHM_AUTO) {
        return plan_cheapest(desc, plan);
    }
    plan_function *const plan_it = algorithms[desc->algorithm];
    return plan_it != NULL ? plan_it(desc, plan) : CONVOY_UNSUPPORTED;
}
