#!/usr/bin/env python3
"""Writes Tests/LocalizationTests/Generated/AffinityVectors.swift: IRNet's losses by autograd.

The pairs, paths and losses are written here pair by pair after the paper (Ahn, Cho, Kwak 2019) and
share nothing with the Swift code. Inputs follow a rule that the Swift test repeats, rounded to
single precision; PyTorch computes in double precision. Needs torch alone.
"""
import math
import pathlib

import torch

TARGET = pathlib.Path(__file__).parents[1] / "LocalizationTests/Generated/AffinityVectors.swift"
IMAGES, SIDE, RADIUS, IGNORE = 2, 16, 3, 255


def rule(function, step, start, scale, shape):
    count = math.prod(shape)
    numbers = [scale * function(step * n + start) for n in range(count)]
    return torch.tensor(numbers, dtype=torch.float32).reshape(shape)


def labels():
    """Two objects of class 1 and 2 that touch, an ignored band; then the same moved."""
    maps = []
    for image in range(IMAGES):
        rows = []
        for y in range(SIDE):
            row = []
            for x in range(SIDE):
                label = 0
                if 3 <= y < 9 and 2 + image <= x < 8:
                    label = 1
                if 6 <= y < 13 and 8 <= x < 13 - image:
                    label = 2
                if (y + 2 * x + image) % 11 == 0:
                    label = IGNORE
                row.append(label)
            rows.append(row)
        maps.append(rows)
    return maps


def pairs():
    """Every (source, destination, path) of the grid."""
    reach = RADIUS - 1
    ways = [(0, x) for x in range(1, RADIUS)]
    ways += [(y, x) for y in range(1, RADIUS) for x in range(-reach, RADIUS)]
    for dy, dx in ways:
        if dy * dy + dx * dx >= RADIUS * RADIUS:
            continue
        path = [
            (y, x) for y in range(dy + 1) for x in range(min(dx, 0), max(dx, 0) + 1)
            if (dy * x - dx * y) ** 2 / (dy * dy + dx * dx) < 1]
        for y in range(SIDE - reach):
            for x in range(reach, SIDE - reach):
                yield (y, x), (y + dy, x + dx), [(y + a, x + b) for a, b in path]


def losses(edge, field, maps):
    """The total and its four parts."""
    probability = torch.sigmoid(edge)
    sums = {name: torch.zeros((), dtype=torch.float64) for name in (
        "bg", "fg", "neg", "dbg", "dfg")}
    counts = {"bg": 0, "fg": 0, "neg": 0}
    for image in range(IMAGES):
        for (y, x), (v, u), path in pairs():
            a, b = maps[image][y][x], maps[image][v][u]
            if IGNORE in (a, b):
                continue
            affinity = 1 - torch.stack([probability[image, 0, r, c] for r, c in path]).max()
            if a != b:
                sums["neg"] = sums["neg"] - torch.log(1 + 1e-5 - affinity)
                counts["neg"] += 1
                continue
            kind = "fg" if a > 0 else "bg"
            sums[kind] = sums[kind] - torch.log(affinity + 1e-5)
            counts[kind] += 1
            difference = field[image, :, y, x] - field[image, :, v, u]
            if a > 0:
                difference = difference - torch.tensor([v - y, u - x], dtype=torch.float64)
            sums["d" + kind] = sums["d" + kind] + difference.abs().sum()
    positive = sums["bg"] / (counts["bg"] + 1e-5) / 2 + sums["fg"] / (counts["fg"] + 1e-5) / 2
    different = sums["neg"] / (counts["neg"] + 1e-5)
    foreground = sums["dfg"] / (2 * counts["fg"] + 1e-5)
    background = sums["dbg"] / (2 * counts["bg"] + 1e-5)
    total = (positive + different) / 2 + (foreground + background) / 2
    return [total, positive, different, foreground, background], counts


def text(numbers):
    words = [f"{number:.7g}" for number in numbers]
    lines, line = [], ""
    for word in words:
        if len(line) + len(word) > 92:
            lines.append(line)
            line = ""
        line = (line + " " + word).strip()
    return "\n".join("      " + part for part in lines + [line])


def case(name, maps):
    edge = rule(math.sin, 1.7, 0.1, 2, (IMAGES, 1, SIDE, SIDE)).double().requires_grad_()
    field = rule(math.cos, 0.9, 0.3, 3, (IMAGES, 2, SIDE, SIDE)).double().requires_grad_()
    values, counts = losses(edge, field, maps)
    numbers = ", ".join(f"{v.item():.12g}" for v in values)
    slopes = torch.autograd.grad(values[0], [edge, field], allow_unused=True)
    slopes = [s if s is not None else torch.zeros(1) for s in slopes]
    signs = ["".join("." if v == IGNORE else str(v) for row in m for v in row) for m in maps]
    listed = ",\n".join(f'      "{sign[:64]}"\n        + "{sign[64:128]}"\n'
                        f'        + "{sign[128:192]}"\n        + "{sign[192:]}"' for sign in signs)
    return f'''
  static let {name} = AffinityVector(
    labels: [
{listed},
    ],
    pairs: [{counts["bg"]}, {counts["fg"]}, {counts["neg"]}],
    losses: [{numbers}],
    edgeSlope: """
{text(slopes[0].flatten().tolist())}
      """,
    fieldSlope: """
{text(slopes[1].flatten().tolist())}
      """)
'''


def main():
    full = labels()
    # No object: two of the three sets are empty.
    plain = [[[0 if v != IGNORE else v for v in row] for row in m] for m in full]
    body = f"""// Made by Tests/tools/make_irnet_vectors.py with PyTorch {torch.__version__.split("+")[0]}; do not edit.

/// Losses of IRNet and their slopes for {IMAGES} images of {SIDE} x {SIDE} cells and radius {RADIUS}.
struct AffinityVector {{
  /// A digit a cell, a point for ignored ones.
  let labels: [String]
  /// Background, foreground, different.
  let pairs: [Int]
  /// Total, positive, different, foreground, background.
  let losses: [Double]
  let edgeSlope: String
  let fieldSlope: String
}}

extension AffinityVector {{{case("objects", full)}{case("empty", plain)}}}
"""
    TARGET.write_text(body)


main()
