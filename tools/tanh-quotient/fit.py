#!/usr/bin/env python3
"""
Fits the quotient of polynomials that TANH in kernels/common.cl is: tanh x = x P(z) / Q(z), z = x^2, on [0, 9.02], with the
smallest relative error. Prints the error and the coefficients, from z^0 on.

Weighted least squares of P - f Q, divided by the last round's Q so that it is the quotient's error that is made small
(Sanathanan and Koerner 1963), and weighted anew each round by the error at each point, so that it becomes as large
everywhere (Lawson 1961).
"""
import math
from decimal import Decimal, getcontext

getcontext().prec = 60
DEGREE = 4  # of both
END = 9.02  # beyond, tanh rounds to 1
POINTS = 240
ROUNDS = 60


def tanh_over_x(z):
    x = z.sqrt()
    power = (-2 * x).exp()
    return (1 - power) / (1 + power) / x


def solve(rows, right):
    """Gaussian elimination with pivots."""
    count = len(right)
    for i in range(count):
        pivot = max(range(i, count), key=lambda row: abs(rows[row][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        right[i], right[pivot] = right[pivot], right[i]
        for row in range(i + 1, count):
            factor = rows[row][i] / rows[i][i]
            rows[row] = [a - factor * b for a, b in zip(rows[row], rows[i])]
            right[row] -= factor * right[i]
    result = [Decimal(0)] * count
    for i in reversed(range(count)):
        known = sum(rows[i][c] * result[c] for c in range(i + 1, count))
        result[i] = (right[i] - known) / rows[i][i]
    return result


def evaluate(polynomial, t):
    return sum(a * t**i for i, a in enumerate(polynomial))


def fit():
    span = Decimal(END) ** 2
    points = [Decimal(END * (math.cos(math.pi * (i + 0.5) / POINTS) + 1) / 2) ** 2 for i in range(POINTS)]
    values = [tanh_over_x(z) for z in points]
    scaled = [z / span for z in points]
    terms = [[t**k / f for k in range(DEGREE + 1)] + [-(t**k) for k in range(1, DEGREE + 1)] for t, f in zip(scaled, values)]
    unknowns = len(terms[0])
    weights = [Decimal(1)] * POINTS
    divisors = [Decimal(1)] * POINTS
    best = None
    for _ in range(ROUNDS):
        shares = [w / (d * d) for w, d in zip(weights, divisors)]
        rows = [[sum(s * t[i] * t[j] for s, t in zip(shares, terms)) for j in range(unknowns)] for i in range(unknowns)]
        right = [sum(s * t[i] for s, t in zip(shares, terms)) for i in range(unknowns)]
        found = solve(rows, right)
        above, below = found[: DEGREE + 1], [Decimal(1)] + found[DEGREE + 1 :]
        divisors = [evaluate(below, t) for t in scaled]
        errors = [abs(evaluate(above, t) / d / f - 1) for t, d, f in zip(scaled, divisors, values)]
        if best is None or max(errors) < best[0]:
            best = max(errors), above, below
        total = sum(w * e for w, e in zip(weights, errors))
        weights = [w * e * POINTS / total for w, e in zip(weights, errors)]
    error, above, below = best
    return error, *([float(a / span**i) for i, a in enumerate(polynomial)] for polynomial in (above, below))


error, above, below = fit()
print(f"relative error {float(error):.2g}")
print("above:", *(f"{a:.8g}" for a in above))
print("below:", *(f"{a:.8g}" for a in below))
