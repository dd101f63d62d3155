/* Local response normalisation across channels (Krizhevsky et al. 2012, section 3.3). */
#include "core/arithmetic.h"
#include "core/geometry.h"
#include "passes/lrn_job.h"
#include "plan/operator.h"
#include "plan/sizes.h"
#include "plan/units.h"

#include <math.h>
#include <string.h>

CONVOY_STATE_FITS(convoy_lrn_params);

static int32_t plan(convoy_draft *draft, const void *descriptor) {
    const convoy_lrn_desc *desc = descriptor;
    if (!convoy_is_image(desc->input) || !convoy_is_extent(desc->size) || !isfinite(desc->alpha) ||
        !isfinite(desc->beta) || !isfinite(desc->k) || desc->alignment < 0 ||
        desc->alignment >= CONVOY_LRN_ALIGNMENT_COUNT) {
        return CONVOY_BAD_VALUE;
    }
    const int32_t before = desc->alignment == CONVOY_LRN_ALIGNMENT_BELOW ? desc->size / 2 : (desc->size - 1) / 2;
    const convoy_lrn_params params = {
        .channels = desc->input.channels,
        .before = (ptrdiff_t)convoy_min(before, desc->input.channels - 1),
        .after = (ptrdiff_t)convoy_min(desc->size - 1 - before, desc->input.channels - 1),
        .scale = desc->alpha / (float)desc->size,
        .k = desc->k,
        .beta = desc->beta,
    };
    draft->plan.input_image_bytes = convoy_map_bytes(draft, desc->input);
    draft->plan.output_image_bytes = draft->plan.input_image_bytes;
    draft->plan.scratch_bytes = (uint64_t)(params.before + params.channels + params.after) * sizeof(float);
    convoy_lrn_params *state = convoy_draft_state(draft);
    *state = params;
    convoy_plan_units(draft, (int64_t)desc->input.height * desc->input.width, desc->input.channels);
    return CONVOY_OK;
}

static void run(const convoy_call *call) {
    const convoy_lrn_params *params = call->state;
    const convoy_units pixels = convoy_call_units(call);
    float *squares = call->scratch;
    memset(squares, 0, (size_t)(params->before + params->channels + params->after) * sizeof(float));
    for (int64_t pixel = pixels.first; pixel < pixels.end; pixel++) {
        const ptrdiff_t offset = (ptrdiff_t)(pixel * params->channels);
        call->kernels->lrn(params, (const float *)call->input + offset, squares, call->output + offset);
    }
}

const convoy_operator convoy_lrn_operator = {
    .plan = plan,
    .run = run,
};
