#!/usr/bin/env python3
"""Prints the transforms of Winograd convolution, from their points, for the language of the file named last.

    python3 tools/winograd-points/generate.py h  > src/Native/winograd/winograd_points.h
    python3 tools/winograd-points/generate.py cl > kernels/winograd_points.cl
    python3 tools/winograd-points/generate.py cs > src/Managed/Convoy/Backends/Winograd/WinogradPoints.cs

F(m, r), m outputs of a filter of r taps, evaluates two polynomials at n = m + r - 1 points, multiplies, and interpolates
(Toom and Cook; Winograd, "Arithmetic complexity of computations", 1980; Lavin and Gray, "Fast algorithms for
convolutional neural networks", 2016). With d the n inputs, g the filter and M the product of (x - a) over the finite
points a, the transposed form is

    filter   u(a) = sum of g[k] a^k                                  u(infinity) = g[r - 1]
    input    v(a) = sum of d[k] (coefficient k of M / (x - a)) / M'(a)   v(infinity) = sum of d[k] (coefficient k of M)
    output   y[k] = sum of a^k u(a) v(a), and for k = m - 1 the product at infinity

All scaling is in the input's transform. The filter's and the output's then do not depend on n, so two tile sizes whose
points are nested share one transformed filter.

The points are pairs a, -a, without zero, and infinity or not: n = 2 * pairs (+ 1). M is even, hence, with Q the product
of (x^2 - b^2) over the other pairs, both points of a pair need the same two sums of half the length,

    even = sum of d[2 k] Q[k] / (2 Q(a))      odd = sum of d[2 k + 1] Q[k] / (2 a Q(a))      v(a), v(-a) = even +- odd

A set without zero errs less than the usual 0, 1, -1, 2, -2, ... from eight points on; these were found by trying
fractions with a denominator of 16 for the least relative L2 error in float32 (a nine-point set that holds zero is ten
times worse).
"""
import sys
from fractions import Fraction as F

SETS = {
    2: [F(1, 2), F(5, 4)],
    3: [F(1, 2), F(1), F(2)],
    4: [F(1, 4), F(11, 16), F(9, 8), F(2)],
}
FEWEST_PAIRS = min(SETS)
MOST_PAIRS = max(SETS)
MOST_OUTPUTS = 2 * MOST_PAIRS
MADE = "Made by tools/winograd-points/generate.py, which explains it. Do not edit: change the points there."


def product_of_squares(points):
    """Coefficients of the product of (z - a^2), lowest first."""
    coefficients = [F(1)]
    for a in points:
        shifted = [F(0)] + coefficients
        coefficients = [s - a * a * c for s, c in zip(shifted, coefficients + [F(0)])]
    return coefficients


def value(coefficients, z):
    return sum(c * z**k for k, c in enumerate(coefficients))


def tables(points):
    """even, odd: [pair][k]. infinity: [k]. powers: [k][pair]."""
    even, odd = [], []
    for a in points:
        others = product_of_squares([b for b in points if b != a])
        scale = 2 * value(others, a * a)
        even.append([c / scale for c in others])
        odd.append([c / (scale * a) for c in others])
    powers = [[a**k for a in points] for k in range(MOST_OUTPUTS)]
    return even, odd, product_of_squares(points)[:-1], powers


def number(x):
    text = repr(float(x))
    return (text if "." in text or "e" in text else text + ".0") + "f"


def row(values, width):
    return "{" + ", ".join(number(v) for v in list(values) + [F(0)] * (width - len(values))) + "}"


def rows(table, width):
    return "{" + ", ".join(row(values, width) for values in table) + "}"


def names(points):
    return ", ".join("+-" + str(a) for a in points)


def c_entry(pairs, points):
    even, odd, infinity, powers = tables(points)
    return f"""/* {names(points)} */
static const convoy_winograd_points winograd_points_{pairs} = {{
    .points = {row(points, MOST_PAIRS)},
    .even = {rows(even, MOST_PAIRS)},
    .odd = {rows(odd, MOST_PAIRS)},
    .infinity = {row(infinity, MOST_PAIRS)},
    .powers = {rows(powers, MOST_PAIRS)},
}};
"""


def c_header():
    return f"""/* {MADE} */
#ifndef CONVOY_WINOGRAD_POINTS_H
#define CONVOY_WINOGRAD_POINTS_H

enum {{ WINOGRAD_FEWEST_PAIRS = {FEWEST_PAIRS}, WINOGRAD_MOST_PAIRS = {MOST_PAIRS}, WINOGRAD_MOST_POINTS = {2 * MOST_PAIRS + 1}, \
WINOGRAD_MOST_OUTPUTS = {MOST_OUTPUTS} }};

typedef struct convoy_winograd_points {{
    float points[{MOST_PAIRS}];    /* the positive one of each pair */
    float even[{MOST_PAIRS}][{MOST_PAIRS}];   /* [pair][k]: of input 2 k in both points' values */
    float odd[{MOST_PAIRS}][{MOST_PAIRS}];    /* [pair][k]: of input 2 k + 1, added for the positive point, else subtracted */
    float infinity[{MOST_PAIRS}];  /* [k]: of input 2 k in the value at infinity; that of the last input is 1 */
    float powers[{MOST_OUTPUTS}][{MOST_PAIRS}]; /* [k][pair]: the positive point to the k */
}} convoy_winograd_points;

{chr(10).join(c_entry(*each) for each in sorted(SETS.items()))}
#endif"""


def opencl_entry(pairs, points):
    even, odd, infinity, powers = tables(points)
    return f"""#if PAIRS == {pairs} /* {names(points)} */
__constant float even_of[PAIRS][PAIRS] = {rows(even, pairs)};
__constant float odd_of[PAIRS][PAIRS] = {rows(odd, pairs)};
__constant float infinity_of[PAIRS] = {row(infinity, pairs)};
__constant float powers_of[{MOST_OUTPUTS}][PAIRS] = {rows(powers, pairs)};
#endif
"""


def opencl_source():
    return f"""/*
 * {MADE}
 *
 * even_of, odd_of: [pair][k], of inputs 2 k and 2 k + 1 in the input transform to both points; infinity_of: [k], of
 * input 2 k in that to infinity; powers_of: [k][pair], the positive point to the k.
 */
{chr(10).join(opencl_entry(*each) for each in sorted(SETS.items()))}"""


def csharp_source():
    cases = "\n".join(
        f"        {pairs} => [{', '.join(repr(float(a)) for a in points)}]," for pairs, points in sorted(SETS.items()))
    return f"""namespace Convoy.Backends.Winograd;

// {MADE}

/// <summary>The points of Winograd convolution: pairs of a number and its negative.</summary>
internal static class WinogradPoints
{{
    /// <summary>The positive point of each pair.</summary>
    public static ReadOnlySpan<double> Of(int pairs) => pairs switch
    {{
{cases}
        _ => throw new ArgumentOutOfRangeException(nameof(pairs)),
    }};
}}"""


print({"h": c_header, "cl": opencl_source, "cs": csharp_source}[sys.argv[1]]())
