#include "operation.h"

#include "check.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN
#endif

#if defined(WITH_ASAN)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size)   ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

enum { GUARD = 256, GUARD_BYTE = 0xc3 };

/* A NaN that no operator computes. */
static const uint32_t UNWRITTEN = 0xffffffff;

void *allocate(size_t bytes) {
    void *memory = malloc(bytes > 0 ? bytes : 1);
    if (memory == NULL) {
        fprintf(stderr, "out of memory: %zu bytes\n", bytes);
        exit(EXIT_FAILURE);
    }
    return memory;
}

/* A buffer between two guards; its beginning is `shift` bytes past a multiple of CONVOY_ALIGNMENT. */
typedef struct guarded {
    unsigned char *memory;
    unsigned char *data;
    size_t bytes;
} guarded;

static guarded guarded_buffer(size_t bytes, size_t shift) {
    guarded buffer = {.memory = allocate(bytes + 2 * GUARD + CONVOY_ALIGNMENT + shift), .bytes = bytes};
    const size_t past = (uintptr_t)(buffer.memory + GUARD) % CONVOY_ALIGNMENT;
    buffer.data = buffer.memory + GUARD + (past > 0 ? CONVOY_ALIGNMENT - past : 0) + shift;
    memset(buffer.data - GUARD, GUARD_BYTE, GUARD);
    memset(buffer.data + bytes, GUARD_BYTE, GUARD);
    ASAN_POISON_MEMORY_REGION(buffer.data - GUARD, GUARD);
    ASAN_POISON_MEMORY_REGION(buffer.data + bytes, GUARD);
    return buffer;
}

static guarded guarded_copy(const void *data, size_t bytes, size_t shift) {
    guarded buffer = {0};
    if (data != NULL) {
        buffer = guarded_buffer(bytes, shift);
        memcpy(buffer.data, data, bytes);
    }
    return buffer;
}

static void release(guarded *buffer, const char *name) {
    if (buffer->memory == NULL) {
        return;
    }
    ASAN_UNPOISON_MEMORY_REGION(buffer->data - GUARD, GUARD);
    ASAN_UNPOISON_MEMORY_REGION(buffer->data + buffer->bytes, GUARD);
    bool untouched = true;
    for (size_t i = 1; i <= GUARD; i++) {
        untouched &= buffer->data[-(ptrdiff_t)i] == GUARD_BYTE && buffer->data[buffer->bytes + i - 1] == GUARD_BYTE;
    }
    check_that(untouched, name, __FILE__, __LINE__);
    free(buffer->memory);
    *buffer = (guarded){0};
}

static convoy_buffer as_buffer(guarded buffer) {
    return (convoy_buffer){.data = buffer.data, .bytes = buffer.bytes};
}

/* Nothing may be kept in scratch from one call to the next. */
static void run_range(const convoy_plan *plan, const convoy_run_args *args, int32_t phase, int64_t first, int64_t end) {
    memset(args->scratch.data, 0xa5, args->scratch.bytes);
    CHECK_EQUAL(convoy_run(plan, args, phase, first, end), CONVOY_OK);
}

static void run_phase(const convoy_plan *plan, const convoy_run_args *args, int32_t phase, ranges ranges,
                      convoy_buffer second_output) {
    convoy_run_args second = *args;
    int64_t items = 0;
    int64_t middle = 0;
    CHECK_EQUAL(convoy_work_items(plan, args->images, phase, &items), CONVOY_OK);
    switch (ranges) {
    case ONE_RANGE:
        run_range(plan, args, phase, 0, items);
        break;
    case SINGLE_ITEMS_BACKWARDS:
        for (int64_t item = items; item-- > 0;) {
            run_range(plan, args, phase, item, item + 1);
        }
        break;
    case RANDOM_RANGES:
        for (int64_t first = 0; first < items;) {
            const int64_t end = first + random_between(0, 5);
            run_range(plan, args, phase, first, end < items ? end : items);
            first = end;
        }
        break;
    case TWO_SHARES:
        middle = items > 1 ? random_between(1, (int32_t)items - 1) : items;
        second.output = second_output;
        run_range(plan, args, phase, 0, middle);
        run_range(plan, &second, phase, middle, items);
        break;
    }
}

/* Adds the second share's output to the first's. What is still UNWRITTEN in both is nobody's. */
static void merge_shares(guarded first, guarded second) {
    uint32_t *to = (uint32_t *)first.data;
    const uint32_t *from = (const uint32_t *)second.data;
    bool apart = true;
    for (size_t i = 0; i < first.bytes / sizeof *to; i++) {
        apart &= to[i] == UNWRITTEN || from[i] == UNWRITTEN;
        to[i] = to[i] == UNWRITTEN ? from[i] : to[i];
    }
    check_that(apart, "no call writes the outputs of another's work items", __FILE__, __LINE__);
}

void run_operation(const operation *operation, ranges ranges, float *output) {
    const convoy_plan *plan = operation->plan;
    const size_t images = (size_t)operation->images;
    guarded input = guarded_copy(operation->input, images * plan->input_image_bytes, plan->bias_count > 0 ? 4 : 12);
    guarded input2 = guarded_copy(operation->input2, images * plan->input2_image_bytes, 20);
    guarded bias = guarded_copy(operation->bias, plan->bias_count * sizeof(float), 36);
    guarded slopes = guarded_copy(operation->slopes, plan->slope_count * sizeof(float), 28);
    guarded weights = guarded_copy(operation->weights, plan->weight_count * sizeof(float), 4);
    guarded packed = guarded_buffer(plan->packed_bytes, 0);
    guarded scratch = guarded_buffer(plan->scratch_bytes, 0);
    guarded workspace = guarded_buffer(plan->workspace_bytes, 0);
    guarded result = guarded_buffer(images * plan->output_image_bytes, 8);
    guarded second_result = guarded_buffer(ranges == TWO_SHARES ? result.bytes : 0, 8);
    memset(packed.data, 0xa5, packed.bytes);
    memset(workspace.data, 0xa5, workspace.bytes);
    memset(result.data, 0xff, result.bytes); /* UNWRITTEN */
    memset(second_result.data, 0xff, second_result.bytes);

    CHECK_EQUAL(convoy_pack(plan, (const float *)weights.data, plan->weight_count, packed.data, packed.bytes),
                CONVOY_OK);
    const convoy_run_args args = {
        .struct_size = sizeof args,
        .images = operation->images,
        .input = as_buffer(input),
        .input2 = as_buffer(input2),
        .packed = as_buffer(packed),
        .bias = as_buffer(bias),
        .slopes = as_buffer(slopes),
        .output = as_buffer(result),
        .scratch = as_buffer(scratch),
        .workspace = as_buffer(workspace),
    };
    for (int32_t phase = 0; phase < plan->phases; phase++) {
        run_phase(plan, &args, phase, ranges, as_buffer(second_result));
    }
    if (ranges == TWO_SHARES) {
        merge_shares(result, second_result);
    }
    memcpy(output, result.data, result.bytes);

    CHECK(memcmp(input.data, operation->input, input.bytes) == 0);
    release(&input, "nothing is written beside the input");
    release(&input2, "nothing is written beside the second input");
    release(&bias, "nothing is written beside the bias");
    release(&slopes, "nothing is written beside the slopes");
    release(&weights, "nothing is written beside the weights");
    release(&packed, "nothing is written beside the packed weights");
    release(&scratch, "nothing is written beside the scratch");
    release(&workspace, "nothing is written beside the workspace");
    release(&result, "nothing is written beside the output");
    release(&second_result, "nothing is written beside the second share's output");
}

void run_images_alone(const operation *whole, const convoy_plan *plan_of_one, float *output) {
    const size_t image_floats = plan_of_one->output_image_bytes / sizeof(float);
    for (int32_t image = 0; image < whole->images; image++) {
        operation one = *whole;
        const size_t second_floats = plan_of_one->input2_image_bytes / sizeof(float);
        one.plan = plan_of_one;
        one.images = 1;
        one.input = (const char *)whole->input + (size_t)image * plan_of_one->input_image_bytes;
        one.input2 = whole->input2 != NULL ? whole->input2 + (size_t)image * second_floats : NULL;
        run_operation(&one, ONE_RANGE, output + (size_t)image * image_floats);
    }
}

/* The first half of the images, by the plan for all. */
static void run_fewer_images(const operation *whole, float *output) {
    operation half = *whole;
    half.images = whole->images / 2;
    if (half.images > 0) {
        run_operation(&half, RANDOM_RANGES, output);
    }
}

void check_every_way(const operation *operation, const convoy_plan *plan_of_one, float *output) {
    const size_t count = (size_t)operation->images * operation->plan->output_image_bytes / sizeof(float);
    float *again = allocate(count * sizeof(float));
    run_operation(operation, ONE_RANGE, output);
    run_operation(operation, SINGLE_ITEMS_BACKWARDS, again);
    check_same_bits(again, output, count);
    run_operation(operation, RANDOM_RANGES, again);
    check_same_bits(again, output, count);
    run_operation(operation, TWO_SHARES, again);
    check_same_bits(again, output, count);
    run_images_alone(operation, plan_of_one, again);
    check_same_bits(again, output, count);
    run_fewer_images(operation, again);
    check_same_bits(again, output, count / (size_t)operation->images * (size_t)(operation->images / 2));
    free(again);
}

float *make_integers(size_t count, int32_t limit) {
    float *values = allocate(count * sizeof(float));
    for (size_t i = 0; i < count; i++) {
        values[i] = (float)random_between(-limit, limit);
    }
    return values;
}

float *make_floats(size_t count) {
    float *values = allocate(count * sizeof(float));
    for (size_t i = 0; i < count; i++) {
        values[i] = random_float();
    }
    return values;
}

void check_floats(const float *got, const double *expected, const double *tolerance, size_t count) {
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        bool equal;
        if (isnan(expected[i]) || isnan(got[i])) {
            equal = isnan(expected[i]) && isnan(got[i]);
        } else if (isinf(expected[i]) || isinf(got[i]) || tolerance == NULL) {
            equal = (double)got[i] == (double)(float)expected[i];
        } else {
            equal = fabs((double)got[i] - expected[i]) <= tolerance[i];
        }
        if (!equal && wrong++ == 0) {
            fprintf(stderr, "element %zu of %zu is %.9g, expected %.17g\n", i, count, (double)got[i], expected[i]);
        }
    }
    CHECK_EQUAL((int64_t)wrong, 0);
}

void check_same_bits(const float *a, const float *b, size_t count) {
    CHECK(memcmp(a, b, count * sizeof(float)) == 0);
}
