#include "answer.h"

#include "check.h"

#include <math.h>
#include <stdlib.h>

layer_data make_data(size_t inputs, size_t weights, size_t channels, bool with_bias, bool whole_numbers) {
    layer_data data = {0};
    data.x = whole_numbers ? make_integers(inputs, 8) : make_floats(inputs);
    data.weights = whole_numbers ? make_integers(weights, 8) : make_floats(weights);
    if (with_bias) {
        data.bias = whole_numbers ? make_integers(channels, 100) : make_floats(channels);
    }
    data.slopes = make_floats(channels);
    return data;
}

void free_data(layer_data *data) {
    free(data->x);
    free(data->x2);
    free(data->weights);
    free(data->bias);
    free(data->slopes);
    *data = (layer_data){0};
}

operation operation_on(const layer_data *data, const convoy_plan *plan) {
    return (operation){.plan = plan,
                       .images = plan->batch,
                       .input = data->x,
                       .input2 = data->x2,
                       .weights = data->weights,
                       .bias = data->bias,
                       .slopes = data->slopes};
}

answer make_answer(size_t count, bool is_exact) {
    return (answer){.count = count,
                    .values = allocate(count * sizeof(double)),
                    .tolerance = is_exact ? NULL : allocate(count * sizeof(double))};
}

void free_answer(answer *answer) {
    free(answer->values);
    free(answer->tolerance);
    answer->values = answer->tolerance = NULL;
}

void allow_for_terms(answer *answer, size_t terms) {
    for (size_t i = 0; answer->tolerance != NULL && i < answer->count; i++) {
        answer->tolerance[i] = ldexp((9.0 + 2.3 * sqrt((double)terms)) * answer->tolerance[i] + 6.0, -24);
    }
}

void check_answer(const convoy_plan *plan, const convoy_plan *plan_of_one, const layer_data *data,
                  const answer *answer) {
    const operation operation = operation_on(data, plan);
    const size_t bytes = answer->count * sizeof(float);
    if (!CHECK_EQUAL((int64_t)plan->output_image_bytes * operation.images, (int64_t)bytes)) {
        return;
    }
    float *y = allocate(bytes);
    if (plan_of_one != NULL) {
        check_every_way(&operation, plan_of_one, y);
    } else {
        run_operation(&operation, ONE_RANGE, y);
    }
    check_floats(y, answer->values, answer->tolerance, answer->count);
    free(y);
}
