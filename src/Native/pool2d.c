/* Maximum, average and adaptive average pooling. A work item is a few rows of output. */
#include "plan.h"

static bool is_valid(const convoy_pool2d_desc *desc) {
    const int32_t extents[] = {desc->height, desc->width, desc->channels, desc->out_height, desc->out_width};
    for (size_t i = 0; i < sizeof extents / sizeof extents[0]; i++) {
        if (!convoy_is_extent(extents[i])) {
            return false;
        }
    }
    if (desc->kind == CONVOY_POOL_ADAPTIVE_AVERAGE) {
        return true;
    }
    return desc->kind >= CONVOY_POOL_MAX && desc->kind < CONVOY_POOL_ADAPTIVE_AVERAGE &&
           convoy_is_extent(desc->kernel_h) && convoy_is_extent(desc->kernel_w) && convoy_is_extent(desc->stride_h) &&
           convoy_is_extent(desc->stride_w) && convoy_is_padding(desc->pad_top) && convoy_is_padding(desc->pad_left) &&
           convoy_is_padding(desc->pad_bottom) && convoy_is_padding(desc->pad_right) &&
           /* the first and the last window reach into the image, and so all between do */
           desc->pad_top < desc->kernel_h && desc->pad_left < desc->kernel_w &&
           (int64_t)(desc->out_height - 1) * desc->stride_h - desc->pad_top < desc->height &&
           (int64_t)(desc->out_width - 1) * desc->stride_w - desc->pad_left < desc->width;
}

int32_t convoy_plan_pool2d(const convoy_pool2d_desc *desc, convoy_plan *plan) {
    int32_t status = convoy_plan_check(desc, sizeof *desc, plan);
    if (status != CONVOY_OK) {
        return status;
    }
    convoy_draft draft;
    status = convoy_plan_begin(&draft, CONVOY_OP_POOL2D, desc->isa, desc->batch);
    if (status != CONVOY_OK) {
        return status;
    }
    if (!is_valid(desc)) {
        return CONVOY_BAD_VALUE;
    }
    draft.plan.input_image_bytes = convoy_image_bytes(&draft, desc->height, desc->width, desc->channels, sizeof(float));
    draft.plan.output_image_bytes =
        convoy_image_bytes(&draft, desc->out_height, desc->out_width, desc->channels, sizeof(float));
    draft.internals.state.pool2d = *desc;
    const int64_t input_rows = convoy_ceil_div(desc->height, desc->out_height);
    convoy_plan_units(&draft, desc->out_height, input_rows * desc->width * desc->channels);
    return convoy_plan_seal(&draft, plan);
}

/* A window along one axis: the elements inside the image, and how many with the padding. */
typedef struct span {
    int64_t first, end, padded;
} span;

static span window_at(int64_t index, int64_t kernel, int64_t stride, int64_t before, int64_t after, int64_t extent) {
    const int64_t first = index * stride - before;
    const int64_t end = first + kernel;
    return (span){
        .first = convoy_max(first, 0),
        .end = convoy_min(end, extent),
        .padded = convoy_min(end, extent + after) - first,
    };
}

static span adaptive_window_at(int64_t index, int64_t windows, int64_t extent) {
    return (span){.first = index * extent / windows, .end = convoy_ceil_div((index + 1) * extent, windows)};
}

void convoy_pool2d_run(const convoy_call *call) {
    const convoy_pool2d_desc *desc = &call->internals->state.pool2d;
    const bool adaptive = desc->kind == CONVOY_POOL_ADAPTIVE_AVERAGE;
    const ptrdiff_t row_stride = (ptrdiff_t)desc->width * desc->channels;
    const convoy_units units = convoy_call_units(call);
    for (int64_t unit = units.first; unit < units.end; unit++) {
        const float *image = (const float *)call->input + unit / desc->out_height * desc->height * row_stride;
        float *y = call->output + unit * desc->out_width * desc->channels;
        const int64_t row = unit % desc->out_height;
        const span rows =
            adaptive ? adaptive_window_at(row, desc->out_height, desc->height)
                     : window_at(row, desc->kernel_h, desc->stride_h, desc->pad_top, desc->pad_bottom, desc->height);
        for (int64_t column = 0; column < desc->out_width; column++) {
            const span columns = adaptive ? adaptive_window_at(column, desc->out_width, desc->width)
                                          : window_at(column, desc->kernel_w, desc->stride_w, desc->pad_left,
                                                      desc->pad_right, desc->width);
            const int64_t height = rows.end - rows.first;
            const int64_t width = columns.end - columns.first;
            const bool padded = desc->kind == CONVOY_POOL_AVERAGE_PADDED;
            const convoy_window window = {
                .x = image + rows.first * row_stride + columns.first * desc->channels,
                .row_stride = row_stride,
                .rows = (ptrdiff_t)height,
                .columns = (ptrdiff_t)width,
                .channels = desc->channels,
                .divisor = (float)(padded ? rows.padded * columns.padded : height * width),
                .y = y + column * desc->channels,
            };
            if (desc->kind == CONVOY_POOL_MAX) {
                call->kernels->pool_max(&window);
            } else {
                call->kernels->pool_average(&window);
            }
        }
    }
}
