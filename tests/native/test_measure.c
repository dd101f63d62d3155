/* Work for the caller to time: all of it is done, and it is as much as is said. */
#include "check.h"
#include "convoy.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS = 3 * 256 + 100, SPARE = 16 };

static void multiply_adds_are_all_done(int32_t isa) {
    check_context("multiply-adds, %s", convoy_isa_name(isa));
    uint64_t before = 0, after = 0;
    uint32_t few = 0, many = 0;
    CHECK_EQUAL(convoy_measure(CONVOY_MEASURE_MULTIPLY_ADDS, isa, NULL, 0, 3, &before, &few), CONVOY_OK);
    CHECK_EQUAL(convoy_measure(CONVOY_MEASURE_MULTIPLY_ADDS, isa, NULL, 0, 1003, &after, &many), CONVOY_OK);
    CHECK(before > 0);
    CHECK_EQUAL((int64_t)(after * 3), (int64_t)(before * 1003));
    CHECK_EQUAL(many - few, (int64_t)(after - before) / 2);
}

/* Words of a thread-sized buffer, which ends before the buffer does and in the middle of a unit. */
static void memory_is_read_to_the_last_whole_unit(int32_t isa) {
    uint32_t *words = aligned_alloc(CONVOY_ALIGNMENT, (WORDS + SPARE - WORDS % SPARE) * sizeof *words);
    for (int32_t i = 0; i < WORDS; i++) {
        words[i] = random_bits();
    }
    for (int64_t repeats = 1; repeats <= 2; repeats++) {
        for (uint64_t units = 1; units <= 3; units++) {
            check_context("%d units read %d times, %s", (int)units, (int)repeats, convoy_isa_name(isa));
            uint32_t expected = 0, sum = 0;
            for (uint64_t i = 0; i < units * 256; i++) {
                expected += words[i];
            }
            uint64_t amount = 0;
            CHECK_EQUAL(convoy_measure(CONVOY_MEASURE_READ, isa, words, units * 1024 + 400, repeats, &amount, &sum),
                        CONVOY_OK);
            CHECK_EQUAL((int64_t)amount, (int64_t)(1024 * units) * repeats);
            CHECK_EQUAL(sum, (uint32_t)(expected * repeats));
        }
    }
    free(words);
}

static void bad_arguments_are_refused(void) {
    check_context("bad arguments");
    _Alignas(CONVOY_ALIGNMENT) static char data[2048];
    uint64_t amount = 7;
    uint32_t sum = 8;
    const int32_t adds = CONVOY_MEASURE_MULTIPLY_ADDS, read = CONVOY_MEASURE_READ;
    CHECK_EQUAL(convoy_measure(adds, CONVOY_ISA_AUTO, NULL, 0, 1, NULL, &sum), CONVOY_NULL_POINTER);
    CHECK_EQUAL(convoy_measure(adds, CONVOY_ISA_AUTO, NULL, 0, 1, &amount, NULL), CONVOY_NULL_POINTER);
    CHECK_EQUAL(convoy_measure(-1, CONVOY_ISA_AUTO, data, 2048, 1, &amount, &sum), CONVOY_BAD_VALUE);
    CHECK_EQUAL(convoy_measure(CONVOY_MEASURE_COUNT, CONVOY_ISA_AUTO, data, 2048, 1, &amount, &sum), CONVOY_BAD_VALUE);
    CHECK_EQUAL(convoy_measure(adds, CONVOY_ISA_COUNT, NULL, 0, 1, &amount, &sum), CONVOY_BAD_VALUE);
    CHECK_EQUAL(convoy_measure(adds, -1, NULL, 0, 1, &amount, &sum), CONVOY_BAD_VALUE);
    CHECK_EQUAL(convoy_measure(adds, CONVOY_ISA_AUTO, NULL, 0, 0, &amount, &sum), CONVOY_BAD_VALUE);
    CHECK_EQUAL(convoy_measure(adds, CONVOY_ISA_AUTO, NULL, 0, 4194305, &amount, &sum), CONVOY_BAD_VALUE);
    CHECK_EQUAL(convoy_measure(adds, CONVOY_ISA_AUTO, NULL, 0, INT64_MIN, &amount, &sum), CONVOY_BAD_VALUE);
    CHECK_EQUAL(convoy_measure(read, CONVOY_ISA_AUTO, NULL, 2048, 1, &amount, &sum), CONVOY_NULL_POINTER);
    CHECK_EQUAL(convoy_measure(read, CONVOY_ISA_AUTO, data + 4, 1024, 1, &amount, &sum), CONVOY_MISALIGNED);
    CHECK_EQUAL(convoy_measure(read, CONVOY_ISA_AUTO, data, 1023, 1, &amount, &sum), CONVOY_BUFFER_TOO_SMALL);
    CHECK_EQUAL(convoy_measure(read, CONVOY_ISA_AUTO, data, UINT64_MAX, 1, &amount, &sum), CONVOY_OVERFLOW);
    CHECK_EQUAL(convoy_measure(read, CONVOY_ISA_AUTO, data, 1ull << 62, 4, &amount, &sum), CONVOY_OVERFLOW);
    const int32_t missing = convoy_isa_supported(CONVOY_ISA_NEON) ? CONVOY_ISA_AVX2 : CONVOY_ISA_NEON;
    CHECK_EQUAL(convoy_measure(adds, missing, NULL, 0, 1, &amount, &sum), CONVOY_UNSUPPORTED);
    CHECK(amount == 7 && sum == 8);
}

int main(void) {
    for_each_isa(multiply_adds_are_all_done);
    for_each_isa(memory_is_read_to_the_last_whole_unit);
    bad_arguments_are_refused();
    return check_summary();
}
