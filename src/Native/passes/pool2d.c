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

/* A window along one axis: those of its elements that lie in the image. */
typedef struct elements {
    int64_t first, count;
} elements;

static elements elements_at(int64_t index, int64_t kernel, int64_t stride, int64_t dilation, int64_t before,
                            int64_t extent) {
    const int64_t start = index * stride - before;
    const int64_t skipped = start < 0 ? convoy_ceil_div(-start, dilation) : 0;
    const int64_t first = start + skipped * dilation;
    const int64_t end = convoy_min(kernel, convoy_ceil_div(convoy_max(extent - start, 0), dilation));
    return (elements){.first = first, .count = end - skipped};
}

/* Whether each window along an axis has an element of the image: dilated ones may step over it. */
static bool is_axis(int32_t windows, int32_t kernel, int32_t stride, int32_t dilation, int32_t before, int32_t after,
                    int32_t extent) {
    if (!convoy_is_extent(kernel) || !convoy_is_extent(dilation)) {
        return false;
    }
    const int64_t reach = convoy_window_extent(kernel, dilation);
    if (reach > CONVOY_MAX_EXTENT || !convoy_windows_fit(windows, (int32_t)reach, stride, before, after, extent)) {
        return false;
    }
    for (int32_t i = 0; i < windows && dilation > extent; i++) {
        if (elements_at(i, kernel, stride, dilation, before, extent).count < 1) {
            return false;
        }
    }
    return true;
}

static bool is_valid(const convoy_pool2d_desc *desc) {
    if (desc->kind < 0 || desc->kind >= KINDS || !convoy_is_image(desc->input) || !convoy_is_extent(desc->out_height) ||
        !convoy_is_extent(desc->out_width)) {
        return false;
    }
    if (kinds[desc->kind].is_adaptive) {
        return true;
    }
    const convoy_window *window = &desc->window;
    return is_axis(desc->out_height, window->kernel_h, window->stride_h, desc->dilation_h, window->pad_top,
                   window->pad_bottom, desc->input.height) &&
           is_axis(desc->out_width, window->kernel_w, window->stride_w, desc->dilation_w, window->pad_left,
                   window->pad_right, desc->input.width);
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

static elements adaptive_elements_at(int64_t index, int64_t windows, int64_t extent) {
    const int64_t first = index * extent / windows;
    return (elements){.first = first, .count = convoy_ceil_div((index + 1) * extent, windows) - first};
}

/* The elements of a window inside the image and its padding. */
static int64_t padded_elements(int64_t index, int64_t kernel, int64_t stride, int64_t dilation, int64_t before,
                               int64_t after, int64_t extent) {
    return convoy_min(kernel, convoy_ceil_div(extent + after - (index * stride - before), dilation));
}

static elements rows_of(const convoy_pool2d_desc *desc, int64_t row) {
    return kinds[desc->kind].is_adaptive ? adaptive_elements_at(row, desc->out_height, desc->input.height)
                                         : elements_at(row, desc->window.kernel_h, desc->window.stride_h,
                                                       desc->dilation_h, desc->window.pad_top, desc->input.height);
}

static elements columns_of(const convoy_pool2d_desc *desc, int64_t column) {
    return kinds[desc->kind].is_adaptive ? adaptive_elements_at(column, desc->out_width, desc->input.width)
                                         : elements_at(column, desc->window.kernel_w, desc->window.stride_w,
                                                       desc->dilation_w, desc->window.pad_left, desc->input.width);
}

/* What the sum of a window's elements is divided by. */
static int64_t divisor_of(const convoy_pool2d_desc *desc, int64_t row, int64_t column, int64_t inside) {
    return kinds[desc->kind].counts_padding
               ? padded_elements(row, desc->window.kernel_h, desc->window.stride_h, desc->dilation_h,
                                 desc->window.pad_top, desc->window.pad_bottom, desc->input.height) *
                     padded_elements(column, desc->window.kernel_w, desc->window.stride_w, desc->dilation_w,
                                     desc->window.pad_left, desc->window.pad_right, desc->input.width)
               : inside;
}

static void run(const convoy_call *call) {
    const convoy_pool2d_desc *desc = call->state;
    const bool is_adaptive = kinds[desc->kind].is_adaptive;
    const ptrdiff_t channels = desc->input.channels;
    const ptrdiff_t row_floats = desc->input.width * channels;
    const convoy_units units = convoy_call_units(call);
    convoy_pool_function *const pool =
        kinds[desc->kind].is_maximum ? call->kernels->pool_max : call->kernels->pool_average;
    for (int64_t unit = units.first; unit < units.end; unit++) {
        const float *image = (const float *)call->input + unit / desc->out_height * desc->input.height * row_floats;
        float *y = call->output + unit * desc->out_width * channels;
        const int64_t row = unit % desc->out_height;
        const elements rows = rows_of(desc, row);
        for (int64_t column = 0; column < desc->out_width; column++) {
            const elements columns = columns_of(desc, column);
            const convoy_pool_window window = {
                .x = image + rows.first * row_floats + columns.first * channels,
                .row_stride = row_floats * (is_adaptive ? 1 : desc->dilation_h),
                .column_stride = channels * (is_adaptive ? 1 : desc->dilation_w),
                .rows = (ptrdiff_t)rows.count,
                .columns = (ptrdiff_t)columns.count,
                .channels = channels,
                .divisor = (float)divisor_of(desc, row, column, rows.count * columns.count),
                .y = y + column * channels,
            };
            pool(&window);
        }
    }
}

/* An operation for each element of a window; adaptive windows cover the image about once. */
static void work_of(const convoy_internals *internals, int64_t images, int32_t phase, convoy_work *work) {
    const convoy_pool2d_desc *desc = convoy_state_of(internals);
    (void)phase;
    work->operations = kinds[desc->kind].is_adaptive
                           ? (double)images * desc->input.height * desc->input.width * desc->input.channels
                           : work->operations * desc->window.kernel_h * desc->window.kernel_w;
}

const convoy_operator convoy_pool2d_operator = {
    .plan = plan,
    .run = run,
    .work = work_of,
};
