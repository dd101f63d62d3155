/*
 * Copies in another order. The two innermost axes make a plane, whose rows are copied at once where their floats are
 * neighbours in the input, and in small squares otherwise, so that both sides stay in the cache. A unit of work is a
 * row.
 */
#include "core/arithmetic.h"
#include "core/geometry.h"
#include "plan/operator.h"
#include "plan/sizes.h"
#include "plan/units.h"

#include <string.h>

enum { AXES = CONVOY_REARRANGE_AXES };

/* A side of the squares. */
enum { BLOCK = 16 };

/* The axes from the innermost outwards; those that are missing have an extent of 1. */
typedef struct rearrange_state {
    int64_t input_count, output_count, offset;
    convoy_axis axes[AXES];
} rearrange_state;

CONVOY_STATE_FITS(rearrange_state);

/* Counts the floats of the output, and finds the first and the last that is read. */
static int32_t check(convoy_draft *draft, const convoy_rearrange_desc *desc, uint64_t *output_count) {
    int64_t first = desc->offset, last = desc->offset;
    *output_count = 1;
    for (int32_t i = 0; i < desc->axis_count; i++) {
        const convoy_axis axis = desc->axes[i];
        if (axis.extent < 1) {
            return CONVOY_BAD_VALUE;
        }
        int64_t reach;
        int64_t *const end = axis.stride < 0 ? &first : &last;
        if (__builtin_mul_overflow(axis.extent - 1, axis.stride, &reach) || __builtin_add_overflow(*end, reach, end)) {
            return CONVOY_BAD_VALUE;
        }
        *output_count = convoy_checked_mul(draft, *output_count, (uint64_t)axis.extent);
    }
    return first >= 0 && last < desc->input_count ? CONVOY_OK : CONVOY_BAD_VALUE;
}

static int32_t plan(convoy_draft *draft, const void *descriptor) {
    const convoy_rearrange_desc *desc = descriptor;
    uint64_t output_count;
    if (desc->axis_count < 1 || desc->axis_count > AXES || desc->input_count < 1) {
        return CONVOY_BAD_VALUE;
    }
    const int32_t status = check(draft, desc, &output_count);
    if (status != CONVOY_OK) {
        return status;
    }
    draft->plan.input_image_bytes = convoy_checked_mul(draft, (uint64_t)desc->input_count, sizeof(float));
    draft->plan.output_image_bytes = convoy_checked_mul(draft, output_count, sizeof(float));
    if (draft->overflow) {
        return CONVOY_OVERFLOW;
    }
    rearrange_state *state = convoy_draft_state(draft);
    state->input_count = desc->input_count;
    state->output_count = (int64_t)output_count;
    state->offset = desc->offset;
    for (int32_t i = 0; i < AXES; i++) {
        state->axes[i] = i < desc->axis_count ? desc->axes[desc->axis_count - 1 - i] : (convoy_axis){.extent = 1};
    }
    convoy_plan_units(draft, state->output_count / state->axes[0].extent, state->axes[0].extent);
    return CONVOY_OK;
}

/* Rows of the plane that axes 0 and 1 make. */
static void copy_rows(const rearrange_state *state, const float *x, float *y, int64_t rows) {
    const convoy_axis columns = state->axes[0];
    const int64_t row_stride = state->axes[1].stride;
    if (columns.stride == 1) {
        for (int64_t row = 0; row < rows; row++) {
            memcpy(y + row * columns.extent, x + row * row_stride, (size_t)columns.extent * sizeof(float));
        }
        return;
    }
    for (int64_t row_block = 0; row_block < rows; row_block += BLOCK) {
        const int64_t row_end = convoy_min(row_block + BLOCK, rows);
        for (int64_t block = 0; block < columns.extent; block += BLOCK) {
            const int64_t end = convoy_min(block + BLOCK, columns.extent);
            for (int64_t row = row_block; row < row_end; row++) {
                for (int64_t column = block; column < end; column++) {
                    y[row * columns.extent + column] = x[row * row_stride + column * columns.stride];
                }
            }
        }
    }
}

/* A row of the output: its place along each axis, and where in the input it begins. */
typedef struct place {
    int64_t index[AXES];
    int64_t from;
} place;

static place place_of(const rearrange_state *state, int64_t unit, int64_t units_of_image) {
    place at = {.from = unit / units_of_image * state->input_count + state->offset};
    int64_t rest = unit % units_of_image;
    for (int32_t i = 1; i < AXES; i++) {
        at.index[i] = rest % state->axes[i].extent;
        at.from += at.index[i] * state->axes[i].stride;
        rest /= state->axes[i].extent;
    }
    return at;
}

/* To the beginning of the next plane, behind the last one that of the next image. */
static void step(const rearrange_state *state, place *at) {
    at->from -= at->index[1] * state->axes[1].stride;
    at->index[1] = 0;
    for (int32_t i = 2; i < AXES; i++) {
        at->from += state->axes[i].stride;
        if (++at->index[i] < state->axes[i].extent) {
            return;
        }
        at->from -= at->index[i] * state->axes[i].stride;
        at->index[i] = 0;
    }
    at->from += state->input_count;
}

static void run(const convoy_call *call) {
    const rearrange_state *state = call->state;
    const convoy_units units = convoy_call_units(call);
    place at = place_of(state, units.first, call->internals->units_per_image);
    for (int64_t first = units.first; first < units.end;) {
        const int64_t rows = convoy_min(state->axes[1].extent - at.index[1], units.end - first);
        copy_rows(state, (const float *)call->input + at.from, call->output + first * state->axes[0].extent, rows);
        step(state, &at);
        first += rows;
    }
}

const convoy_operator convoy_rearrange_operator = {
    .plan = plan,
    .run = run,
};
