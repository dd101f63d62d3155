#include "plan/sizes.h"

uint64_t convoy_checked_mul(convoy_draft *draft, uint64_t a, uint64_t b) {
    uint64_t result;
    draft->overflow |= __builtin_mul_overflow(a, b, &result);
    return result;
}

uint64_t convoy_checked_add(convoy_draft *draft, uint64_t a, uint64_t b) {
    uint64_t result;
    draft->overflow |= __builtin_add_overflow(a, b, &result);
    return result;
}

uint64_t convoy_aligned(convoy_draft *draft, uint64_t bytes) {
    return convoy_checked_add(draft, bytes, CONVOY_ALIGNMENT - 1) / CONVOY_ALIGNMENT * CONVOY_ALIGNMENT;
}

uint64_t convoy_image_bytes(convoy_draft *draft, int64_t height, int64_t width, int64_t channels, uint64_t element) {
    const uint64_t pixels = convoy_checked_mul(draft, (uint64_t)height, (uint64_t)width);
    return convoy_checked_mul(draft, convoy_checked_mul(draft, pixels, (uint64_t)channels), element);
}
