/* Maximum and average pooling, of windows given or adaptive. A work item is a few rows of output. */
#include "core/arithmetic.h"
#include "core/geometry.h"
#include "passes/pool_job.h"
#include "plan/operator.h"
#include "plan/sizes.h"
#include "plan/units.h"

typedef struct pool_kind {
    bool is_maximum;     /* else an average */
    bool is_adaptive;    /* windows follow from the extents alone */
    bool counts_padding; /* among the elements that an average is divided by */
} pool_kind;

static const pool_kind kinds[] = {
    [CONVOY_POOL_MAX] = {.is_maximum = true},
    [CONVOY_POOL_AVERAGE] = {0},
    [CONVOY_POOL_AVERAGE_PADDED] = {.counts_padding = true},
    [CONVOY_POOL_ADAPTIVE_AVERAGE] = {.is_adaptive = true},
    [CONVOY_POOL_ADAPTIVE_MAX] = {.is_maximum = true, .is_adaptive = true},
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

static_assert((int)KINDS == CONVOY_POOL_COUNT, "a kind of pooling has no row");

CONVOY_STATE_FITS(convoy_pool2d_desc);

static bool is_valid(const convoy_pool2d_desc *desc) {
    if (desc->kind < 0 || desc->kind >= KINDS || !convoy_is_image(desc->input) || !convoy_is_extent(desc->out_height) ||
        !convoy_is_extent(desc->out_width)) {
        return false;
    }
    if (kinds[desc->kind].is_adaptive) {
        return true;
    }
    const convoy_window *window = &desc->window;
    return convoy_windows_fit(desc->out_height, window->kernel_h, window->stride_h, window->pad_top, window->pad_bottom,
                              desc->input.height) &&
           convoy_windows_fit(desc->out_width, window->kernel_w, window->stride_w, window->pad_left, window->pad_right,
                              desc->input.width);
}

static int32_t plan(convoy_draft *draft, const void *descriptor) {
    const convoy_pool2d_desc *desc = descriptor;
    if (!is_valid(desc)) {
        return CONVOY_BAD_VALUE;
    }
    draft->plan.input_image_bytes = convoy_map_bytes(draft, desc->input);
    draft->plan.output_image_bytes =
        convoy_image_bytes(draft, desc->out_height, desc->out_width, desc->input.channels, sizeof(float));
    convoy_pool2d_desc *state = convoy_draft_state(draft);
    *state = *desc;
    const int64_t input_rows = convoy_ceil_div(desc->input.height, desc->out_height);
    convoy_plan_units(draft, desc->out_height, input_rows * desc->input.width * desc->input.channels);
    return CONVOY_OK;
}

static convoy_span adaptive_window_at(int64_t index, int64_t windows, int64_t extent) {
    return (convoy_span){.first = index * extent / windows, .end = convoy_ceil_div((index + 1) * extent, windows)};
}

/* The elements of a window inside the image and its padding. */
static int64_t padded_elements(int64_t index, int64_t kernel, int64_t stride, int64_t before, int64_t after,
                               int64_t extent) {
    const int64_t first = index * stride - before;
    return convoy_min(first + kernel, extent + after) - first;
}

static convoy_span rows_of(const convoy_pool2d_desc *desc, int64_t row) {
    return kinds[desc->kind].is_adaptive ? adaptive_window_at(row, desc->out_height, desc->input.height)
                                         : convoy_window_at(row, desc->window.kernel_h, desc->window.stride_h,
                                                            desc->window.pad_top, desc->input.height);
}

static convoy_span columns_of(const convoy_pool2d_desc *desc, int64_t column) {
    return kinds[desc->kind].is_adaptive ? adaptive_window_at(column, desc->out_width, desc->input.width)
                                         : convoy_window_at(column, desc->window.kernel_w, desc->window.stride_w,
                                                            desc->window.pad_left, desc->input.width);
}

/* What the sum of a window's elements is divided by. */
static int64_t divisor_of(const convoy_pool2d_desc *desc, int64_t row, int64_t column, int64_t elements) {
    return kinds[desc->kind].counts_padding
               ? padded_elements(row, desc->window.kernel_h, desc->window.stride_h, desc->window.pad_top,
                                 desc->window.pad_bottom, desc->input.height) *
                     padded_elements(column, desc->window.kernel_w, desc->window.stride_w, desc->window.pad_left,
                                     desc->window.pad_right, desc->input.width)
               : elements;
}

static void run(const convoy_call *call) {
    const convoy_pool2d_desc *desc = call->state;
    const ptrdiff_t row_stride = (ptrdiff_t)desc->input.width * desc->input.channels;
    const convoy_units units = convoy_call_units(call);
    convoy_pool_function *const pool =
        kinds[desc->kind].is_maximum ? call->kernels->pool_max : call->kernels->pool_average;
    for (int64_t unit = units.first; unit < units.end; unit++) {
        const float *image = (const float *)call->input + unit / desc->out_height * desc->input.height * row_stride;
        float *y = call->output + unit * desc->out_width * desc->input.channels;
        const int64_t row = unit % desc->out_height;
        const convoy_span rows = rows_of(desc, row);
        for (int64_t column = 0; column < desc->out_width; column++) {
            const convoy_span columns = columns_of(desc, column);
            const int64_t height = rows.end - rows.first;
            const int64_t width = columns.end - columns.first;
            const convoy_pool_window window = {
                .x = image + rows.first * row_stride + columns.first * desc->input.channels,
                .row_stride = row_stride,
                .rows = (ptrdiff_t)height,
                .columns = (ptrdiff_t)width,
                .channels = desc->input.channels,
                .divisor = (float)divisor_of(desc, row, column, height * width),
                .y = y + column * desc->input.channels,
            };
            pool(&window);
        }
    }
}

const convoy_operator convoy_pool2d_operator = {
    .plan = plan,
    .run = run,
};
