"""Fits the two sample models and writes their coefficients.

The task: how many minutes a parcel tour needs, from ten numbers about it. The rows are simulated
with a fixed seed, so that anyone who runs this gets the same files:

    python3 train.py

Model 1 is a linear regression by least squares. Model 2 is fitted to the same rows, but knows
four interactions as well, and therefore answers differently where the features are large.
"""
import json
import os
import random

FEATURES = ["distance_km", "stops", "parcels", "weight_kg", "floors",
            "traffic", "rain_mm", "slope_percent", "cargo_bike", "new_driver"]
INTERACTIONS = [["distance_km", "new_driver"], ["stops", "cargo_bike"],
                ["distance_km", "traffic"], ["rain_mm", "rain_mm"]]
ROWS = 2000


def simulate(rng):
    """One tour and the minutes that it took."""
    x = [rng.uniform(0, 12) for _ in FEATURES]
    distance, stops, parcels, weight, floors, traffic, rain, slope, bike, new = x
    minutes = (12 + 2.4 * distance + 3.1 * stops + 0.8 * parcels + 0.5 * weight + 0.9 * floors
               + 0.4 * traffic + 0.2 * rain + 0.3 * slope - 0.6 * bike + 1.2 * new
               + 0.6 * distance * new + 0.4 * stops * bike + 0.35 * distance * traffic
               + 0.05 * rain * rain)
    return x, minutes + rng.gauss(0, 4)


def columns(x, interactions):
    """The regressors of one row: 1, the features, the products asked for."""
    products = [x[FEATURES.index(a)] * x[FEATURES.index(b)] for a, b in interactions]
    return [1.0] + list(x) + products


def solve(matrix, right):
    """Gaussian elimination with row pivoting."""
    n = len(right)
    rows = [list(line) + [right[i]] for i, line in enumerate(matrix)]
    for i in range(n):
        pivot = max(range(i, n), key=lambda r: abs(rows[r][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for r in range(i + 1, n):
            factor = rows[r][i] / rows[i][i]
            for c in range(i, n + 1):
                rows[r][c] -= factor * rows[i][c]
    out = [0.0] * n
    for i in reversed(range(n)):
        known = sum(rows[i][c] * out[c] for c in range(i + 1, n))
        out[i] = (rows[i][n] - known) / rows[i][i]
    return out


def fit(samples, interactions):
    """Least squares through the normal equations; also the share of variance explained."""
    design = [(columns(x, interactions), y) for x, y in samples]
    n = len(design[0][0])
    matrix = [[sum(c[i] * c[j] for c, _ in design) for j in range(n)] for i in range(n)]
    right = [sum(c[i] * y for c, y in design) for i in range(n)]
    beta = solve(matrix, right)
    mean = sum(y for _, y in design) / len(design)
    rest = sum((y - sum(b * v for b, v in zip(beta, c))) ** 2 for c, y in design)
    total = sum((y - mean) ** 2 for _, y in design)
    return beta, 1 - rest / total


def main():
    rng = random.Random(20)
    samples = [simulate(rng) for _ in range(ROWS)]
    here = os.path.dirname(os.path.abspath(__file__))
    for number, interactions in ((1, []), (2, INTERACTIONS)):
        beta, explained = fit(samples, interactions)
        split = 1 + len(FEATURES)
        model = {
            "name": "parcel-tour-minutes",
            "version": number,
            "rows": ROWS,
            "r2": round(explained, 4),
            "intercept": round(beta[0], 6),
            "coefficients": {name: round(b, 6) for name, b in zip(FEATURES, beta[1:split])},
            "interactions": [{"features": pair, "coefficient": round(b, 6)}
                             for pair, b in zip(interactions, beta[split:])],
        }
        path = os.path.join(here, "model-%d" % number, "model", "regression.json")
        with open(path, "w", encoding="utf-8") as out:
            json.dump(model, out, indent=2)
            out.write("\n")
        print("model %d explains %.1f %% -> %s" % (number, 100 * explained, path))


if __name__ == "__main__":
    main()
