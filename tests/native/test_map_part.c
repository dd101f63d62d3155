/*
 * A convolution that writes a part of a map's channels, as of a concatenation: the bits of the convolution by itself,
 * by every algorithm and however it is run, and nothing is written beside them.
 */
#include "answer.h"
#include "check.h"
#include "layers.h"
#include "operation.h"
#include "oracle.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static struct {
    convoy_conv2d_desc desc;
    layer_data data;
    int32_t compared, unsupported; /* of WINOGRAD's, whose points do not suit every filter */
} current;

static int32_t status_of(convoy_conv2d_desc desc, int32_t isa, int32_t batch, convoy_plan *plan) {
    desc.header.isa = isa;
    desc.header.batch = batch;
    *plan = (convoy_plan){.struct_size = sizeof *plan};
    return convoy_plan_conv2d(&desc, plan);
}

/* The part's channels of every pixel, checked to be all that was written. */
static void cut_out(const float *map, size_t pixels, float *part) {
    static const uint32_t unwritten = 0xffffffff;
    const size_t channels = (size_t)current.desc.map_channels;
    const size_t first = (size_t)current.desc.channel_offset;
    const size_t count = (size_t)current.desc.out_channels;
    bool alone = true;
    for (size_t pixel = 0; pixel < pixels; pixel++) {
        for (size_t channel = 0; channel < channels; channel++) {
            const float *from = &map[pixel * channels + channel];
            if (channel >= first && channel < first + count) {
                part[pixel * count + channel - first] = *from;
            } else {
                alone &= memcmp(from, &unwritten, sizeof unwritten) == 0;
            }
        }
    }
    CHECK(alone);
}

static void compare_algorithm(int32_t isa, int32_t algorithm, int32_t points) {
    convoy_conv2d_desc part = current.desc;
    part.algorithm = algorithm;
    part.points = points;
    convoy_conv2d_desc alone = part;
    alone.map_channels = alone.channel_offset = 0;
    check_context(
        "part of a map, %s, algorithm %d, %d points: %d x %dx%dx%d -> %d of %d from %d, kernel %dx%d groups %d",
        convoy_isa_name(isa), algorithm, points, part.header.batch, part.input.height, part.input.width,
        part.input.channels, part.out_channels, part.map_channels, part.channel_offset, part.window.kernel_h,
        part.window.kernel_w, part.groups);
    const int32_t batch = part.header.batch;
    convoy_plan plan;
    convoy_plan plan_of_one;
    convoy_plan plan_alone;
    const int32_t status = status_of(alone, isa, batch, &plan_alone);
    CHECK_EQUAL(status_of(part, isa, batch, &plan), status);
    CHECK_EQUAL(status_of(part, isa, 1, &plan_of_one), status);
    if (status != CONVOY_OK) {
        current.unsupported++;
        return;
    }
    current.compared++;
    const size_t count = (size_t)batch * plan_alone.output_image_bytes / sizeof(float);
    const size_t pixels = count / (size_t)part.out_channels;
    CHECK_EQUAL((int64_t)plan.output_image_bytes * part.out_channels,
                (int64_t)plan_alone.output_image_bytes * part.map_channels);
    float *map = allocate((size_t)batch * plan.output_image_bytes);
    float *got = allocate(count * sizeof(float));
    float *expected = allocate(count * sizeof(float));
    const operation whole = operation_on(&current.data, &plan);
    check_every_way(&whole, &plan_of_one, map);
    cut_out(map, pixels, got);
    const operation by_itself = operation_on(&current.data, &plan_alone);
    run_operation(&by_itself, ONE_RANGE, expected);
    check_same_bits(got, expected, count);
    free(map);
    free(got);
    free(expected);
}

static void compare(int32_t isa) {
    compare_algorithm(isa, CONVOY_ALGORITHM_DIRECT, 0);
    for (int32_t points = 4; points <= 8; points += 2) {
        compare_algorithm(isa, CONVOY_ALGORITHM_WINOGRAD, points);
    }
}

static convoy_conv2d_desc random_part(void) {
    convoy_conv2d_desc desc = conv2d_of(random_between(1, 4), random_between(6, 15), 1, 1, random_between(1, 3), 1, 0,
                                        CONVOY_ACTIVATION_NONE);
    desc.activation = random_activation();
    desc.groups = random_between(0, 3) == 0 ? 2 : 1;
    desc.input.channels = desc.groups * random_between(1, 20);
    desc.out_channels = desc.groups * random_between(1, 40);
    desc.window.pad_top = desc.window.pad_left = random_between(0, 1);
    desc.channel_offset = random_between(0, 2) == 0 ? 0 : random_between(1, 33);
    desc.map_channels =
        desc.channel_offset + desc.out_channels + (random_between(0, 2) == 0 ? 0 : random_between(1, 33));
    return desc;
}

/* Behind Winograd's algorithm a pooling, which writes the part then. */
static convoy_conv2d_desc random_pooled_part(void) {
    convoy_conv2d_desc desc = random_part();
    const convoy_image map = oracle_conv2d_output(&desc);
    desc.pool = (convoy_max_pool){
        .window = square_window(3, 2, 0), .out_height = (map.height - 3) / 2 + 1, .out_width = (map.width - 3) / 2 + 1};
    return desc;
}

static void test_case(convoy_conv2d_desc desc) {
    const size_t inputs = (size_t)desc.header.batch * floats_of(desc.input);
    const size_t filter = (size_t)(desc.input.channels / desc.groups * desc.window.kernel_h * desc.window.kernel_w);
    const size_t channels = (size_t)desc.out_channels;
    current.desc = desc;
    current.data = make_data(inputs, filter * channels, channels, random_bits() % 4 != 0, false);
    for_each_isa(compare);
    free_data(&current.data);
}

static void a_depthwise_kernel_writes_whole_maps_only(void) {
    convoy_conv2d_desc desc = conv2d_of(1, 8, 16, 16, 3, 1, 1, CONVOY_ACTIVATION_NONE);
    desc.groups = 16;
    desc.algorithm = CONVOY_ALGORITHM_DEPTHWISE;
    convoy_plan plan;
    check_context("part of a map: depthwise");
    CHECK_EQUAL(status_of(desc, CONVOY_ISA_SCALAR, 1, &plan), CONVOY_OK);
    desc.map_channels = 17;
    CHECK_EQUAL(status_of(desc, CONVOY_ISA_SCALAR, 1, &plan), CONVOY_UNSUPPORTED);
}

int main(void) {
    for (int32_t i = 0; i < random_cases(60); i++) {
        test_case(random_part());
        if (i % 3 == 0) {
            test_case(random_pooled_part());
        }
    }
    check_context("part of a map: random cases");
    CHECK(current.compared > current.unsupported);
    a_depthwise_kernel_writes_whole_maps_only();
    return check_summary();
}
