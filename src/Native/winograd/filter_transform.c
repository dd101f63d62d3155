#include "winograd/filter_transform.h"

#include "winograd/winograd_points.h"

#include <assert.h>

static const convoy_winograd_points *const tables[] = {&winograd_points_2, &winograd_points_3, &winograd_points_4};

static_assert(sizeof tables / sizeof tables[0] == WINOGRAD_MOST_PAIRS - WINOGRAD_FEWEST_PAIRS + 1,
              "a number of pairs has no table");

double convoy_winograd_filter_transform(int32_t pairs, int32_t index, const double *taps, int32_t count) {
    if (index == 2 * pairs) {
        return taps[count - 1];
    }
    const convoy_winograd_points *table = tables[pairs - WINOGRAD_FEWEST_PAIRS];
    const double a = index % 2 == 0 ? (double)table->points[index / 2] : -(double)table->points[index / 2];
    double sum = 0;
    for (int32_t k = count - 1; k >= 0; k--) {
        sum = sum * a + taps[k];
    }
    return sum;
}
