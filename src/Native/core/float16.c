#include "core/float16.h"

#include <string.h>

static uint32_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* Drops `count` low bits, 0 < count < 32, rounding to nearest and ties to even. A carry runs on into the exponent. */
static uint32_t drop(uint32_t bits, uint32_t count) {
    const uint32_t half = 1u << (count - 1);
    const uint32_t is_odd = (bits >> count) & 1u;
    return (bits + half - 1 + is_odd) >> count;
}

uint16_t convoy_to_float16(float value) {
    enum { SMALLEST_NORMAL = 113, LARGEST = 142, MANTISSA_DROPPED = 13 };
    const uint32_t bits = bits_of(value);
    const uint32_t sign = bits >> 16 & 0x8000u;
    const uint32_t magnitude = bits & 0x7fffffffu;
    const uint32_t exponent = magnitude >> 23;
    if (magnitude > 0x7f800000u) {
        return (uint16_t)(sign | 0x7e00u);
    }
    if (exponent > LARGEST) {
        return (uint16_t)(sign | 0x7c00u);
    }
    if (exponent >= SMALLEST_NORMAL) {
        return (uint16_t)(sign | drop(magnitude - ((SMALLEST_NORMAL - 1u) << 23), MANTISSA_DROPPED));
    }
    const uint32_t shift = MANTISSA_DROPPED + SMALLEST_NORMAL - exponent;
    const uint32_t mantissa = (magnitude & 0x007fffffu) | 0x00800000u;
    return (uint16_t)(sign | (shift < 32 ? drop(mantissa, shift) : 0));
}

uint16_t convoy_to_bfloat16(float value) {
    const uint32_t bits = bits_of(value);
    const int is_nan = (bits & 0x7fffffffu) > 0x7f800000u;
    return (uint16_t)(is_nan ? (bits >> 16) | 0x0040u : drop(bits, 16));
}
