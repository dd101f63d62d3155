#include "plan/units.h"

/* Floats an item reads or writes: enough to hide the call, few enough to balance threads. */
enum { FLOATS_PER_ITEM = 16 * 1024 };

void convoy_plan_units(convoy_draft *draft, int64_t units_per_image, int64_t floats_per_unit) {
    draft->internals.units_per_image = units_per_image;
    draft->internals.units_per_step = convoy_max(1, FLOATS_PER_ITEM / floats_per_unit);
    draft->internals.items_per_step = 1;
}
