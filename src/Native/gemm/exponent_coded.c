#include "gemm/exponent_coded.h"

#include "convoy.h"
#include "core/arithmetic.h"

#include <assert.h>
#include <string.h>

/* Of all blocks, at most one in so many escapes: more would cost what the others save. */
enum { BLOCKS_PER_ESCAPE = 16 };

enum {
    STEPS = CONVOY_EXPONENT_CODED_STEPS,
    STORED = CONVOY_EXPONENT_CODED_STORED,
    EXPONENTS = 256,
    WINDOW = 16, /* exponents that codes distinguish */
    FRACTION_BITS = 23,
    SIGN_SHIFT = 31 - CONVOY_EXPONENT_CODED_MAGNITUDE_BITS,
    SPARE_MASK = (1 << CONVOY_EXPONENT_CODED_SPARE) - 1,
    MOST_PANEL = 32,   /* channels */
    FEWEST_PANELS = 2, /* with one, the weights yet to be encoded would reach into the escapes */
};

static_assert(STEPS * 2 == STORED + 1 &&
                  CONVOY_EXPONENT_CODED_SPARE * STORED == CONVOY_EXPONENT_CODED_MAGNITUDE_BITS + 1,
              "the spare bits of a block's words hold one vector of two for each step");

static const uint32_t sign_bit = 0x80000000u;
static const uint32_t magnitude_bits = 0x7fffffffu;

static uint32_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

typedef struct header {
    uint64_t is_exponent_coded;
} header;

/* Panels that are not filled up with zeros, which have no codes. */
static int64_t whole_panels(const convoy_gemm *gemm) {
    return gemm->channels / gemm->panel;
}

static int64_t blocks_of_panel(const convoy_gemm *gemm) {
    return gemm->depth / STEPS;
}

static int64_t floats_of_block(const convoy_gemm *gemm) {
    return STEPS * (int64_t)gemm->panel;
}

static int64_t most_escapes(const convoy_gemm *gemm) {
    return whole_panels(gemm) * blocks_of_panel(gemm) / BLOCKS_PER_ESCAPE;
}

static int64_t floats_of_panel(const convoy_gemm *gemm) {
    return gemm->depth * gemm->panel;
}

/* Where the words of a panel begin, in floats from the first one's. */
static int64_t begin_of(const convoy_gemm *gemm, int64_t panel) {
    return panel * floats_of_panel(gemm) / (STORED + 1) * STORED;
}

/* Bytes from the beginning. */
typedef struct layout {
    uint64_t panels, escapes, weights, escaped, end;
} layout;

static uint64_t aligned(uint64_t bytes) {
    return (uint64_t)convoy_round_up((int64_t)bytes, CONVOY_ALIGNMENT);
}

/* Weights that cannot be encoded need the room from `weights` to the end; codes leave some of it to the escapes. */
static layout layout_of(const convoy_gemm *gemm) {
    const uint64_t escapes = (uint64_t)most_escapes(gemm);
    layout result = {.panels = aligned(sizeof(header))};
    result.escapes = result.panels + aligned((uint64_t)(whole_panels(gemm) + 1) * sizeof(convoy_exponent_coded_panel));
    result.weights = result.escapes + aligned(escapes * sizeof(uint32_t));
    result.end = result.weights + (uint64_t)convoy_gemm_packed_count(gemm) * sizeof(float);
    result.escaped = result.end - escapes * (uint64_t)floats_of_block(gemm) * sizeof(float);
    return result;
}

bool convoy_exponent_coded_applies(const convoy_gemm *gemm) {
    return gemm->weight_format == CONVOY_WEIGHT_FLOAT32 && gemm->panel == 2 * gemm->lanes &&
           gemm->panel <= MOST_PANEL && whole_panels(gemm) >= FEWEST_PANELS && gemm->depth % STEPS == 0 &&
           gemm->depth_block % STEPS == 0 && convoy_gemm_packed_count(gemm) / floats_of_block(gemm) <= UINT32_MAX;
}

uint64_t convoy_exponent_coded_bytes(const convoy_gemm *gemm) {
    return layout_of(gemm).end;
}

/* The least of the neighbouring exponents that most of the panel's weights have, in its place. */
static uint32_t choose_exponent(const float *weights, int64_t count) {
    int64_t numbers[EXPONENTS] = {0};
    for (int64_t i = 0; i < count; i++) {
        numbers[(bits_of(weights[i]) & magnitude_bits) >> FRACTION_BITS]++;
    }
    int64_t covered = 0;
    for (int i = 0; i < WINDOW; i++) {
        covered += numbers[i];
    }
    int64_t most = covered;
    uint32_t best = 0;
    for (uint32_t least = 1; least + WINDOW <= EXPONENTS; least++) {
        covered += numbers[least + WINDOW - 1] - numbers[least - 1];
        if (covered > most) {
            most = covered;
            best = least;
        }
    }
    return best << FRACTION_BITS;
}

/* The magnitude counted from the exponent; more than CONVOY_EXPONENT_CODED_MAGNITUDE where it has no code. */
static uint32_t magnitude_of(float weight, uint32_t exponent) {
    return (bits_of(weight) & magnitude_bits) - exponent;
}

static bool has_codes(const float *block, int64_t count, uint32_t exponent) {
    for (int64_t i = 0; i < count; i++) {
        if (magnitude_of(block[i], exponent) > CONVOY_EXPONENT_CODED_MAGNITUDE) {
            return false;
        }
    }
    return true;
}

/* block: [STORED + 1][lanes]; words: [STORED][lanes]. */
static void code_block(const float *block, int32_t lanes, uint32_t exponent, uint32_t *words) {
    for (int32_t lane = 0; lane < lanes; lane++) {
        const float last = block[STORED * lanes + lane];
        const uint32_t spread = (bits_of(last) & sign_bit) >> SIGN_SHIFT | magnitude_of(last, exponent);
        for (int32_t i = 0; i < STORED; i++) {
            const float weight = block[i * lanes + lane];
            const uint32_t spare = (spread >> (CONVOY_EXPONENT_CODED_SPARE * i) & SPARE_MASK)
                                   << CONVOY_EXPONENT_CODED_MAGNITUDE_BITS;
            words[i * lanes + lane] = (bits_of(weight) & sign_bit) | spare | magnitude_of(weight, exponent);
        }
    }
}

/* What packing has got to. */
typedef struct progress {
    const convoy_gemm *gemm;
    uint32_t *escapes; /* the next one's place, */
    float *escaped;    /* and its weights' */
    int64_t escapes_left;
} progress;

/* Codes a panel in place: its words end before its weights do. False: there are too many escapes. */
static bool code_panel(progress *progress, uint32_t exponent, float *weights) {
    const convoy_gemm *gemm = progress->gemm;
    const int64_t block_floats = floats_of_block(gemm);
    uint32_t *words = (uint32_t *)weights;
    for (int64_t i = 0; i < blocks_of_panel(gemm); i++) {
        float block[STEPS * MOST_PANEL];
        memcpy(block, weights + i * block_floats, (size_t)block_floats * sizeof(float));
        if (has_codes(block, block_floats, exponent)) {
            code_block(block, gemm->lanes, exponent, words);
        } else {
            if (progress->escapes_left-- == 0) {
                return false;
            }
            memset(words, 0, (size_t)(STORED * gemm->lanes) * sizeof(uint32_t));
            memcpy(progress->escaped, block, (size_t)block_floats * sizeof(float));
            progress->escaped += block_floats;
            *progress->escapes++ = (uint32_t)i;
        }
        words += STORED * gemm->lanes;
    }
    return true;
}

static bool code_panels(const convoy_gemm *gemm, const float *weights, char *packed) {
    const layout at = layout_of(gemm);
    convoy_exponent_coded_panel *panels = (convoy_exponent_coded_panel *)(packed + at.panels);
    float *words = (float *)(packed + at.weights);
    progress progress = {
        .gemm = gemm,
        .escapes = (uint32_t *)(packed + at.escapes),
        .escaped = (float *)(packed + at.escaped),
        .escapes_left = most_escapes(gemm),
    };
    const uint32_t *first = progress.escapes;
    for (int64_t panel = 0; panel < whole_panels(gemm); panel++) {
        float *to = words + begin_of(gemm, panel);
        convoy_gemm_pack_panel(gemm, weights, panel, to);
        const uint32_t exponent = choose_exponent(to, floats_of_panel(gemm));
        panels[panel] = (convoy_exponent_coded_panel){exponent, (uint32_t)(progress.escapes - first)};
        if (!code_panel(&progress, exponent, to)) {
            return false;
        }
    }
    panels[whole_panels(gemm)] = (convoy_exponent_coded_panel){0, (uint32_t)(progress.escapes - first)};
    if (whole_panels(gemm) < gemm->panels) {
        const int64_t last = whole_panels(gemm);
        convoy_gemm_pack_panel(gemm, weights, last, words + begin_of(gemm, last));
    }
    return true;
}

void convoy_exponent_coded_pack(const convoy_gemm *gemm, const float *weights, void *packed) {
    const bool is_exponent_coded = code_panels(gemm, weights, packed);
    *(header *)packed = (header){is_exponent_coded};
    if (!is_exponent_coded) {
        convoy_gemm_pack(gemm, weights, (char *)packed + layout_of(gemm).weights);
    }
}

convoy_exponent_coded convoy_exponent_coded_open(const convoy_gemm *gemm, const void *packed) {
    const layout at = layout_of(gemm);
    const char *bytes = packed;
    return (convoy_exponent_coded){
        .is_exponent_coded = ((const header *)bytes)->is_exponent_coded != 0,
        .panels = (const convoy_exponent_coded_panel *)(bytes + at.panels),
        .escapes = (const uint32_t *)(bytes + at.escapes),
        .escaped = (const float *)(bytes + at.escaped),
        .weights = (const float *)(bytes + at.weights),
    };
}

bool convoy_exponent_coded_prepare(const convoy_gemm *gemm, const convoy_exponent_coded *coded, int64_t panel,
                                   int64_t k, convoy_gemm_job *job) {
    const float *weights = coded->weights + begin_of(gemm, panel);
    if (panel == whole_panels(gemm)) {
        job->weights = weights + k * convoy_gemm_panel_width(gemm, panel);
        return false;
    }
    const uint32_t block = (uint32_t)(k / STEPS);
    uint32_t escape = coded->panels[panel].first_escape;
    const uint32_t end = coded->panels[panel + 1].first_escape;
    while (escape < end && coded->escapes[escape] < block) {
        escape++;
    }
    job->weights = weights + block * (int64_t)(STORED * gemm->lanes);
    job->codes = (convoy_exponent_codes){
        .exponent = coded->panels[panel].exponent,
        .first_block = block,
        .escapes = coded->escapes + escape,
        .escape_count = (ptrdiff_t)(end - escape),
        .escaped = coded->escaped + escape * floats_of_block(gemm),
    };
    return true;
}
