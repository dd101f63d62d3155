/* Chains of small layers: LeNet-5, the edges, and random ones, against the oracle's layers one behind the other. */
#include "answer.h"
#include "chain_oracle.h"
#include "chains.h"
#include "check.h"
#include "layers.h"
#include "operation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

DEFINE_CASE(chain)

static void compare(int32_t isa) {
    const convoy_chain_desc *d = &current.desc;
    const convoy_chain_layer *first = &d->layers[0];
    check_context("chain %s: %d x %dx%dx%d, %d layers, the first kind %d kernel %dx%d -> %d %s", convoy_isa_name(isa),
                  d->header.batch, d->input.height, d->input.width, d->input.channels, d->layer_count, first->kind,
                  first->window.kernel_h, first->window.kernel_w, first->out_channels,
                  current.answer.tolerance == NULL ? "whole numbers" : "floats");
    const convoy_plan plan = plan_chain(*d, isa, d->header.batch);
    const convoy_plan plan_of_one = plan_chain(*d, isa, 1);
    CHECK_EQUAL(plan.isa, isa);
    CHECK_EQUAL(plan.algorithm, CONVOY_ALGORITHM_LANES);
    check_answer(&plan, &plan_of_one, &current.data, &current.answer);
}

/* Weights are scaled so that what goes from layer to layer stays near one. */
static void make_weights(bool whole_numbers) {
    const convoy_chain_desc *desc = &current.desc;
    convoy_image at = desc->input;
    size_t weights = 0;
    size_t biases = 0;
    current.data.weights = allocate(1);
    for (int32_t i = 0; i < desc->layer_count; i++) {
        const convoy_chain_layer *layer = &desc->layers[i];
        const size_t count = weights_of(layer, at);
        float *more = whole_numbers ? make_integers(count, 1) : make_floats(count);
        float *all = allocate((weights + count) * sizeof(float));
        memcpy(all, current.data.weights, weights * sizeof(float));
        for (size_t w = 0; w < count; w++) {
            const float scale = sqrtf((float)(count / (size_t)layer->out_channels)) / 2.0f;
            all[weights + w] = whole_numbers ? more[w] : more[w] / scale;
        }
        free(more);
        free(current.data.weights);
        current.data.weights = all;
        weights += count;
        biases += layer->kind == CONVOY_CHAIN_CONVOLUTION ? (size_t)layer->out_channels : 0;
        at = output_of(layer, at);
    }
    current.data.bias = whole_numbers ? make_integers(biases, 3) : make_floats(biases);
}

/* Whether a convolution may go by Winograd's algorithm, which is not exact with whole numbers. */
static bool may_have_tiles(const convoy_chain_desc *desc) {
    for (int32_t i = 0; i < desc->layer_count; i++) {
        const convoy_chain_layer *layer = &desc->layers[i];
        if (layer->kind == CONVOY_CHAIN_CONVOLUTION && layer->window.kernel_w > 1 && layer->window.stride_w == 1) {
            return true;
        }
    }
    return false;
}

static void test_case(convoy_chain_desc desc, bool with_bias, bool whole_numbers) {
    const size_t inputs = (size_t)desc.header.batch * floats_of(desc.input);
    current.desc = desc;
    current.data.x = whole_numbers ? make_integers(inputs, 3) : make_floats(inputs);
    make_weights(whole_numbers);
    if (!with_bias) {
        free(current.data.bias);
        current.data.bias = NULL;
    }
    const bool is_exact = whole_numbers && !may_have_tiles(&desc);
    convoy_image output;
    current.answer.values = oracle_chain(&desc, current.data.x, current.data.weights, current.data.bias, &output);
    const size_t count = floats_of(output) * (size_t)desc.header.batch;
    current.answer.count = count;
    current.answer.tolerance = is_exact ? NULL : allocate(count * sizeof(double));
    for (size_t i = 0; !is_exact && i < count; i++) {
        current.answer.tolerance[i] = (whole_numbers ? 1e-4 : 1e-5) * fmax(1.0, fabs(current.answer.values[i]));
    }
    for_each_isa(compare);
    free_data(&current.data);
    free_answer(&current.answer);
}

/* A micro-batch of every instruction set, and what does not fill one. */
static void test_batches(void) {
    static const int32_t batches[] = {1, 3, 4, 5, 8, 9, 15, 16, 17, 31, 65};
    for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++) {
        test_case(lenet5(batches[i]), i % 3 != 1, false);
    }
}

static void test_edges(void) {
    const int32_t none = CONVOY_ACTIVATION_NONE;
    const int32_t relu = CONVOY_ACTIVATION_RELU;
    const int32_t tanh = CONVOY_ACTIVATION_TANH;

    convoy_chain_desc desc = chain(18, 1, 1, 1); /* one number to one */
    append(&desc, conv(1, 1, 1, 0, none));
    test_case(desc, true, true);

    desc = chain(20, 9, 7, 3); /* padded, a window that overlaps, and softmax of pixels */
    append(&desc, conv(17, 3, 1, 1, relu));
    append(&desc, pool(CONVOY_CHAIN_MAX_POOL, 3, 2));
    append(&desc, conv(5, 2, 1, 3, none));
    test_case(desc, true, true);
    append(&desc, softmax());
    test_case(desc, true, false);

    desc = chain(17, 12, 12, 1); /* columns in the lanes: padded, strided, maxima */
    append(&desc, conv(2, 3, 2, 2, relu));
    append(&desc, pool(CONVOY_CHAIN_MAX_POOL, 2, 3));
    append(&desc, conv(3, 2, 1, 0, none));
    test_case(desc, true, true);

    desc = chain(5, 30, 41, 1); /* columns in the lanes, of more than one vector, and nothing behind */
    append(&desc, conv(3, 4, 1, 1, tanh));
    test_case(desc, true, false);
    append(&desc, pool(CONVOY_CHAIN_AVERAGE_POOL, 1, 1));
    test_case(desc, false, false);

    desc = chain(19, 10, 16, 1); /* tiles in the lanes: no pooling, and a channel left over */
    append(&desc, conv(7, 5, 1, 2, relu));
    test_case(desc, true, false);
    desc = chain(3, 13, 32, 1); /* rows left over, maxima, padding behind */
    append(&desc, conv(9, 5, 1, 0, tanh));
    append(&desc, pool(CONVOY_CHAIN_MAX_POOL, 2, 2));
    append(&desc, conv(4, 3, 1, 1, none));
    test_case(desc, false, false);
    desc = chain(17, 15, 29, 1); /* other tiles, and averages of three by three */
    append(&desc, conv(6, 7, 1, 2, none));
    append(&desc, pool(CONVOY_CHAIN_AVERAGE_POOL, 3, 3));
    test_case(desc, true, false);

    desc = chain(33, 11, 13, 2); /* pooling first, and last */
    append(&desc, pool(CONVOY_CHAIN_AVERAGE_POOL, 2, 1));
    append(&desc, conv(40, 3, 2, 1, relu));
    append(&desc, conv(33, 1, 1, 0, relu));
    append(&desc, pool(CONVOY_CHAIN_MAX_POOL, 2, 2));
    append(&desc, pool(CONVOY_CHAIN_AVERAGE_POOL, 2, 1));
    test_case(desc, true, true);

    desc = chain(7, 6, 5, 4); /* asymmetric in every way */
    append(&desc, (convoy_chain_layer){
                      .kind = CONVOY_CHAIN_CONVOLUTION, .out_channels = 7, .window = {2, 3, 1, 2, 2, 0, 1, 3}});
    append(&desc, (convoy_chain_layer){.kind = CONVOY_CHAIN_AVERAGE_POOL, .window = {4, 1, 4, 2, 0, 0, 0, 0}});
    append(&desc, conv(9, 2, 1, 1, none));
    test_case(desc, true, true);

    desc = chain(3, 4, 4, 8); /* as many layers as there may be */
    for (int32_t i = 0; i < CONVOY_CHAIN_LAYERS - 1; i++) {
        append(&desc, conv(8, 3, 1, 1, relu));
    }
    append(&desc, softmax());
    test_case(desc, true, false);
}

/* Chains have no slopes. */
static convoy_activation_desc activation_of_chain(void) {
    convoy_activation_desc activation = random_activation();
    activation.kind = activation.kind == CONVOY_ACTIVATION_PARAMETRIC_RELU ? CONVOY_ACTIVATION_RELU : activation.kind;
    return activation;
}

static convoy_chain_layer random_layer(convoy_image at) {
    convoy_chain_layer layer = {
        .kind = random_between(0, 3) == 0 ? random_between(CONVOY_CHAIN_MAX_POOL, CONVOY_CHAIN_AVERAGE_POOL) : 0,
        .out_channels = random_between(1, random_between(0, 1) == 0 ? 9 : 40),
        .window.kernel_h = random_between(1, at.height < 5 ? at.height : 5),
        .window.kernel_w = random_between(1, at.width < 5 ? at.width : 5),
        .window.stride_h = random_between(1, 3),
        .window.stride_w = random_between(1, 3),
        .activation = activation_of_chain(),
    };
    if (layer.kind == CONVOY_CHAIN_CONVOLUTION && random_between(0, 2) == 0) {
        layer.window.pad_top = random_between(0, 2);
        layer.window.pad_left = random_between(0, 2);
        layer.window.pad_bottom = random_between(0, 2);
        layer.window.pad_right = random_between(0, 2);
    }
    return layer;
}

static void test_random(void) {
    for (int32_t i = 0; i < 60; i++) {
        convoy_chain_desc desc = chain(random_between(1, 40), random_between(1, 20), random_between(1, 20),
                                       random_between(0, 1) == 0 ? 1 : random_between(2, 5));
        convoy_image at = desc.input;
        const int32_t layers = random_between(1, 5);
        for (int32_t layer = 0; layer < layers; layer++) {
            append(&desc, random_layer(at));
            at = output_of(&desc.layers[layer], at);
        }
        if (random_between(0, 2) == 0) {
            append(&desc, softmax());
        }
        test_case(desc, random_between(0, 3) != 0, false);
    }
}

/* Infinities must come out the same whichever way an image goes. */
static void test_infinities(int32_t isa) {
    check_context("chain %s: infinities", convoy_isa_name(isa));
    const convoy_chain_desc desc = lenet5(40);
    current.desc = desc;
    make_weights(false);
    current.data.x = make_floats((size_t)desc.header.batch * 32 * 32);
    for (size_t image = 0; image < (size_t)desc.header.batch; image += 2) {
        current.data.x[image * 1024 + (size_t)random_between(0, 1023)] = image % 4 == 0 ? HUGE_VALF : -HUGE_VALF;
    }
    const convoy_plan plan = plan_chain(desc, isa, desc.header.batch);
    const convoy_plan plan_of_one = plan_chain(desc, isa, 1);
    const operation operation = operation_on(&current.data, &plan);
    float y[400];
    check_every_way(&operation, &plan_of_one, y);
    size_t finite = 0;
    for (size_t i = 0; i < sizeof y / sizeof y[0]; i++) {
        finite += i / 10 % 2 == 1 && isfinite(y[i]) != 0;
    }
    CHECK_EQUAL((int64_t)finite, 200); /* the neighbours' scores: tiles may make NaN of an infinity */
    free_data(&current.data);
}

int main(void) {
    test_batches();
    test_edges();
    test_random();
    for_each_isa(test_infinities);
    return check_summary();
}
