/* Channels of a pixel that become a square of pixels. A work item is a few rows of output. */
#include "core/geometry.h"
#include "plan/operator.h"
#include "plan/sizes.h"
#include "plan/units.h"

enum { MOST_BLOCK = 1024 };

typedef struct depth_to_space_state {
    int64_t block, width, channels, out_channels;
    int64_t place_stride;   /* floats of the input from a place of the square to the next, */
    int64_t channel_stride; /* and from an output channel to the next */
} depth_to_space_state;

CONVOY_STATE_FITS(depth_to_space_state);

static int32_t plan(convoy_draft *draft, const void *descriptor) {
    const convoy_depth_to_space_desc *desc = descriptor;
    if (!convoy_is_image(desc->input) || desc->block < 1 || desc->block > MOST_BLOCK || desc->is_channel_major < 0 ||
        desc->is_channel_major > 1) {
        return CONVOY_BAD_VALUE;
    }
    const int64_t places = (int64_t)desc->block * desc->block;
    if (desc->input.channels % places != 0 || (int64_t)desc->input.height * desc->block > CONVOY_MAX_EXTENT ||
        (int64_t)desc->input.width * desc->block > CONVOY_MAX_EXTENT) {
        return CONVOY_BAD_VALUE;
    }
    depth_to_space_state *state = convoy_draft_state(draft);
    const int64_t out_channels = desc->input.channels / places;
    *state = (depth_to_space_state){
        .block = desc->block,
        .width = desc->input.width,
        .channels = desc->input.channels,
        .out_channels = out_channels,
        .place_stride = desc->is_channel_major ? 1 : out_channels,
        .channel_stride = desc->is_channel_major ? places : 1,
    };
    draft->plan.input_image_bytes = convoy_map_bytes(draft, desc->input);
    draft->plan.output_image_bytes = draft->plan.input_image_bytes;
    convoy_plan_units(draft, (int64_t)desc->input.height * desc->block, desc->input.width * out_channels * desc->block);
    return CONVOY_OK;
}

static void run(const convoy_call *call) {
    const depth_to_space_state *state = call->state;
    const convoy_units rows = convoy_call_units(call);
    float *y = call->output + rows.first * state->width * state->block * state->out_channels;
    for (int64_t row = rows.first; row < rows.end; row++) {
        const float *x = (const float *)call->input + row / state->block * state->width * state->channels;
        const float *first = x + row % state->block * state->block * state->place_stride;
        for (int64_t column = 0; column < state->width * state->block; column++) {
            const float *from =
                first + column / state->block * state->channels + column % state->block * state->place_stride;
            for (int64_t c = 0; c < state->out_channels; c++) {
                *y++ = from[c * state->channel_stride];
            }
        }
    }
}

const convoy_operator convoy_depth_to_space_operator = {
    .plan = plan,
    .run = run,
};
