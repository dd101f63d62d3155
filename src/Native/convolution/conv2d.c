/* Convolution: checks a descriptor, and plans it by the algorithm asked for. */
#include "convolution/direct.h"

#include "activation/activation.h"
#include "core/geometry.h"
#include "depthwise/depthwise.h"
#include "plan/operator.h"
#include "winograd/winograd.h"

#include <string.h>

typedef int32_t plan_function(convoy_draft *draft, const convoy_conv2d_desc *desc);

/* By convoy_algorithm. NULL: there is no convolution of that kind. */
static plan_function *const algorithms[CONVOY_ALGORITHM_COUNT] = {
    [CONVOY_ALGORITHM_DIRECT] = convoy_plan_direct,
    [CONVOY_ALGORITHM_WINOGRAD] = convoy_plan_winograd,
    [CONVOY_ALGORITHM_DEPTHWISE] = convoy_plan_depthwise,
};

static bool is_valid(const convoy_conv2d_desc *desc) {
    return convoy_is_image(desc->input) && convoy_is_window(&desc->window) && convoy_is_extent(desc->out_channels) &&
           convoy_is_extent(desc->dilation_h) && convoy_is_extent(desc->dilation_w) && convoy_is_extent(desc->groups) &&
           desc->input_layout >= CONVOY_LAYOUT_NHWC && desc->input_layout < CONVOY_LAYOUT_COUNT &&
           desc->input.channels % desc->groups == 0 && desc->out_channels % desc->groups == 0 &&
           (desc->has_residual == 0 || desc->has_residual == 1) && convoy_is_activation(&desc->activation);
}

/* The channels that are written lie inside the map. */
static bool is_part(const convoy_conv2d_desc *desc) {
    const int32_t map = convoy_conv2d_map_channels(desc);
    return convoy_is_extent(map) && desc->out_channels <= map && desc->channel_offset >= 0 &&
           desc->channel_offset <= map - desc->out_channels;
}

static bool is_none(const convoy_max_pool *pool) {
    static const convoy_max_pool none = {0};
    return memcmp(pool, &none, sizeof none) == 0;
}

/* There are windows of the convolution, and of the pooling behind it. */
static bool has_output(const convoy_conv2d_desc *desc) {
    const convoy_max_pool *pool = &desc->pool;
    const int64_t out_height = convoy_conv2d_out_height(desc);
    const int64_t out_width = convoy_conv2d_out_width(desc);
    return out_height > 0 && out_width > 0 &&
           (is_none(pool) || (convoy_windows_fit(pool->out_height, pool->window.kernel_h, pool->window.stride_h,
                                                 pool->window.pad_top, pool->window.pad_bottom, out_height) &&
                              convoy_windows_fit(pool->out_width, pool->window.kernel_w, pool->window.stride_w,
                                                 pool->window.pad_left, pool->window.pad_right, out_width)));
}

/* A residual lies as the output does, which is then a map of its own. */
static bool can_add(const convoy_conv2d_desc *desc) {
    return convoy_conv2d_map_channels(desc) == desc->out_channels && is_none(&desc->pool);
}

static int32_t plan(convoy_draft *draft, const void *descriptor) {
    const convoy_conv2d_desc *desc = descriptor;
    if (!is_valid(desc) || !is_part(desc) || !has_output(desc)) {
        return CONVOY_BAD_VALUE;
    }
    if (desc->has_residual && !can_add(desc)) {
        return CONVOY_UNSUPPORTED;
    }
    plan_function *const plan_it =
        desc->algorithm >= 0 && desc->algorithm < CONVOY_ALGORITHM_COUNT ? algorithms[desc->algorithm] : NULL;
    return plan_it != NULL ? plan_it(draft, desc) : CONVOY_UNSUPPORTED;
}

/* Direct convolution's; WINOGRAD has a row of its own. */
const convoy_operator convoy_conv2d_operator = {
    .plan = plan,
    .pack = convoy_direct_pack,
    .run = convoy_direct_run,
    .work = convoy_direct_work,
};
