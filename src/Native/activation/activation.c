#include "activation/activation.h"

#include "activation/activation_job.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>

typedef struct activation_row {
    const char *name;
    int32_t parameters;
    convoy_activation_place place;
} activation_row;

#define ROW(kind, number, name, parameters, place, y)                                                                  \
    [CONVOY_ACTIVATION_##kind] = {name, parameters, CONVOY_ACTIVATION_##place},

static const activation_row rows[] = {CONVOY_ACTIVATIONS(ROW)};

enum { ROWS = sizeof rows / sizeof rows[0] };

#define COUNT_ROW(...) +1

static_assert((int)ROWS == CONVOY_ACTIVATIONS(COUNT_ROW), "the numbers of activations are not 0, 1, 2 and so on");

static bool is_kind(int32_t kind) {
    return kind >= 0 && kind < ROWS;
}

bool convoy_is_activation(const convoy_activation_desc *activation) {
    return is_kind(activation->kind) && (rows[activation->kind].parameters < 1 || !isnan(activation->alpha)) &&
           (rows[activation->kind].parameters < 2 || !isnan(activation->beta));
}

bool convoy_activation_has_slopes(int32_t kind) {
    return rows[kind].place == CONVOY_ACTIVATION_BY_CHANNEL;
}

const char *convoy_activation_name(int32_t activation) {
    return is_kind(activation) ? rows[activation].name : "unknown";
}
