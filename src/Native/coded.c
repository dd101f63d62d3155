#include "coded.h"

#include "plan.h"

#include <assert.h>
#include <string.h>

/* Of all groups, at most one in so many escapes: more would cost what the others save. */
enum { GROUPS_PER_ESCAPE = 16 };

enum {
    STEPS = CONVOY_CODED_STEPS,
    STORED = CONVOY_CODED_STORED,
    EXPONENTS = 256,
    WINDOW = 16, /* exponents that codes tell apart */
    FRACTION_BITS = 23,
    SIGN_SHIFT = 31 - CONVOY_CODED_MAGNITUDE_BITS,
    SPARE_MASK = (1 << CONVOY_CODED_SPARE) - 1,
    MOST_PANEL = 32,   /* channels */
    FEWEST_PANELS = 2, /* with one, the weights to be coded would reach into the escapes */
};

static_assert(STEPS * 2 == STORED + 1 && CONVOY_CODED_SPARE * STORED == CONVOY_CODED_MAGNITUDE_BITS + 1,
              "the spare bits of a group's words hold one vector of two for each step");

static const uint32_t sign_bit = 0x80000000u;
static const uint32_t magnitude_bits = 0x7fffffffu;

static uint32_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

typedef struct header {
    uint64_t is_coded;
} header;

/* Panels that are not filled up with zeros, which have no codes. */
static int64_t whole_panels(const convoy_product *product) {
    return product->channels / product->panel;
}

static int64_t groups_of_panel(const convoy_product *product) {
    return product->depth / STEPS;
}

static int64_t floats_of_group(const convoy_product *product) {
    return STEPS * (int64_t)product->panel;
}

static int64_t most_escapes(const convoy_product *product) {
    return whole_panels(product) * groups_of_panel(product) / GROUPS_PER_ESCAPE;
}

static int64_t floats_of_panel(const convoy_product *product) {
    return product->depth * product->panel;
}

/* Where the words of a panel begin, in floats from the first one's. */
static int64_t begin_of(const convoy_product *product, int64_t panel) {
    return panel * floats_of_panel(product) / (STORED + 1) * STORED;
}

/* Bytes from the beginning. */
typedef struct layout {
    uint64_t panels, escapes, weights, escaped, end;
} layout;

static uint64_t aligned(uint64_t bytes) {
    return (uint64_t)convoy_round_up((int64_t)bytes, CONVOY_ALIGNMENT);
}

/* Weights that cannot be coded need the room from `weights` to the end; codes leave some of it to the escapes. */
static layout layout_of(const convoy_product *product) {
    const uint64_t escapes = (uint64_t)most_escapes(product);
    layout result = {.panels = aligned(sizeof(header))};
    result.escapes = result.panels + aligned((uint64_t)(whole_panels(product) + 1) * sizeof(convoy_coded_panel));
    result.weights = result.escapes + aligned(escapes * sizeof(uint32_t));
    result.end = result.weights + (uint64_t)convoy_product_packed_count(product) * sizeof(float);
    result.escaped = result.end - escapes * (uint64_t)floats_of_group(product) * sizeof(float);
    return result;
}

bool convoy_coded_applies(const convoy_product *product) {
    return product->weight_format == CONVOY_WEIGHT_FLOAT32 && product->panel == 2 * product->lanes &&
           product->panel <= MOST_PANEL && whole_panels(product) >= FEWEST_PANELS && product->depth % STEPS == 0 &&
           product->depth_block % STEPS == 0 &&
           convoy_product_packed_count(product) / floats_of_group(product) <= UINT32_MAX;
}

uint64_t convoy_coded_bytes(const convoy_product *product) {
    return layout_of(product).end;
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

/* The magnitude counted from the exponent; more than CONVOY_CODED_MAGNITUDE where it has no code. */
static uint32_t magnitude_of(float weight, uint32_t exponent) {
    return (bits_of(weight) & magnitude_bits) - exponent;
}

static bool has_codes(const float *group, int64_t count, uint32_t exponent) {
    for (int64_t i = 0; i < count; i++) {
        if (magnitude_of(group[i], exponent) > CONVOY_CODED_MAGNITUDE) {
            return false;
        }
    }
    return true;
}

/* group: [STORED + 1][lanes]; words: [STORED][lanes]. */
static void code_group(const float *group, int32_t lanes, uint32_t exponent, uint32_t *words) {
    for (int32_t lane = 0; lane < lanes; lane++) {
        const float last = group[STORED * lanes + lane];
        const uint32_t spread = (bits_of(last) & sign_bit) >> SIGN_SHIFT | magnitude_of(last, exponent);
        for (int32_t i = 0; i < STORED; i++) {
            const float weight = group[i * lanes + lane];
            const uint32_t spare = (spread >> (CONVOY_CODED_SPARE * i) & SPARE_MASK) << CONVOY_CODED_MAGNITUDE_BITS;
            words[i * lanes + lane] = (bits_of(weight) & sign_bit) | spare | magnitude_of(weight, exponent);
        }
    }
}

/* What packing has got to. */
typedef struct progress {
    const convoy_product *product;
    uint32_t *escapes; /* the next one's place, */
    float *escaped;    /* and its weights' */
    int64_t escapes_left;
} progress;

/* Codes a panel in place: its words end before its weights do. False: there are too many escapes. */
static bool code_panel(progress *progress, uint32_t exponent, float *weights) {
    const convoy_product *product = progress->product;
    const int64_t group_floats = floats_of_group(product);
    uint32_t *words = (uint32_t *)weights;
    for (int64_t i = 0; i < groups_of_panel(product); i++) {
        float group[STEPS * MOST_PANEL];
        memcpy(group, weights + i * group_floats, (size_t)group_floats * sizeof(float));
        if (has_codes(group, group_floats, exponent)) {
            code_group(group, product->lanes, exponent, words);
        } else {
            if (progress->escapes_left-- == 0) {
                return false;
            }
            memset(words, 0, (size_t)(STORED * product->lanes) * sizeof(uint32_t));
            memcpy(progress->escaped, group, (size_t)group_floats * sizeof(float));
            progress->escaped += group_floats;
            *progress->escapes++ = (uint32_t)i;
        }
        words += STORED * product->lanes;
    }
    return true;
}

static bool code_panels(const convoy_product *product, const float *weights, char *packed) {
    const layout at = layout_of(product);
    convoy_coded_panel *panels = (convoy_coded_panel *)(packed + at.panels);
    float *words = (float *)(packed + at.weights);
    progress progress = {
        .product = product,
        .escapes = (uint32_t *)(packed + at.escapes),
        .escaped = (float *)(packed + at.escaped),
        .escapes_left = most_escapes(product),
    };
    const uint32_t *first = progress.escapes;
    for (int64_t panel = 0; panel < whole_panels(product); panel++) {
        float *to = words + begin_of(product, panel);
        convoy_product_pack_panel(product, weights, panel, to);
        const uint32_t exponent = choose_exponent(to, floats_of_panel(product));
        panels[panel] = (convoy_coded_panel){exponent, (uint32_t)(progress.escapes - first)};
        if (!code_panel(&progress, exponent, to)) {
            return false;
        }
    }
    panels[whole_panels(product)] = (convoy_coded_panel){0, (uint32_t)(progress.escapes - first)};
    if (whole_panels(product) < product->panels) {
        const int64_t last = whole_panels(product);
        convoy_product_pack_panel(product, weights, last, words + begin_of(product, last));
    }
    return true;
}

void convoy_coded_pack(const convoy_product *product, const float *weights, void *packed) {
    const bool is_coded = code_panels(product, weights, packed);
    *(header *)packed = (header){is_coded};
    if (!is_coded) {
        convoy_product_pack(product, weights, (char *)packed + layout_of(product).weights);
    }
}

convoy_coded convoy_coded_open(const convoy_product *product, const void *packed) {
    const layout at = layout_of(product);
    const char *bytes = packed;
    return (convoy_coded){
        .is_coded = ((const header *)bytes)->is_coded != 0,
        .panels = (const convoy_coded_panel *)(bytes + at.panels),
        .escapes = (const uint32_t *)(bytes + at.escapes),
        .escaped = (const float *)(bytes + at.escaped),
        .weights = (const float *)(bytes + at.weights),
    };
}

bool convoy_coded_prepare(const convoy_product *product, const convoy_coded *coded, int64_t panel, int64_t k,
                          convoy_product_job *job) {
    const float *weights = coded->weights + begin_of(product, panel);
    if (panel == whole_panels(product)) {
        job->weights = weights + k * convoy_product_panel_width(product, panel);
        return false;
    }
    const uint32_t group = (uint32_t)(k / STEPS);
    uint32_t escape = coded->panels[panel].first_escape;
    const uint32_t end = coded->panels[panel + 1].first_escape;
    while (escape < end && coded->escapes[escape] < group) {
        escape++;
    }
    job->weights = weights + group * (int64_t)(STORED * product->lanes);
    job->codes = (convoy_codes){
        .exponent = coded->panels[panel].exponent,
        .first_group = group,
        .escapes = coded->escapes + escape,
        .escape_count = (ptrdiff_t)(end - escape),
        .escaped = coded->escaped + escape * floats_of_group(product),
    };
    return true;
}
