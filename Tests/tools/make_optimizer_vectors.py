#!/usr/bin/env python3
"""Writes Tests/TrainingTests/Generated/OptimizerVectors.swift: what PyTorch's optimizers and
schedules do, in float64, on a quadratic that the tests compute too. The reference variant of RAdam
(Liu et al. 2020, the code of the authors) is not in PyTorch and is written out here.

Usage: make_optimizer_vectors.py > Tests/TrainingTests/Generated/OptimizerVectors.swift
"""
import math
import sys

import torch

START = [1.0, -2.0, 0.5, 0.25, -1.0]  # "w" [1, 3], then "b" [2]
CURVATURE = [3.0, 0.5, 10.0, 1.0, 2.0]
TARGET = [0.2, 0.4, -0.3, 1.0, 0.1]
STEPS = 14


def slopes(values):
    return [a * (p - c) for a, p, c in zip(CURVATURE, values, TARGET)]


def by_torch(make, clip=None):
    """`make(w, b)` returns the optimizer; the values after each step."""
    w = torch.nn.Parameter(torch.tensor([START[:3]], dtype=torch.float64))
    b = torch.nn.Parameter(torch.tensor(START[3:], dtype=torch.float64))
    optimizer = make(w, b)
    rows = []
    for _ in range(STEPS):
        g = slopes(w.detach().flatten().tolist() + b.detach().tolist())
        w.grad = torch.tensor([g[:3]], dtype=torch.float64)
        b.grad = torch.tensor(g[3:], dtype=torch.float64)
        if clip:
            clip([w, b])
        optimizer.step()
        rows.append(w.detach().flatten().tolist() + b.detach().tolist())
    return rows


def radam_reference(rate, beta1, beta2, epsilon, decay):
    """rho >= 5 and decay apart from the gradient; below, a plain step along the mean slope."""
    p, m, v = list(START), [0.0] * 5, [0.0] * 5
    limit = 2 / (1 - beta2) - 1
    rows = []
    for t in range(1, STEPS + 1):
        g = slopes(p)
        rho = limit - 2 * t * beta2**t / (1 - beta2**t)
        for i in range(5):
            m[i] = beta1 * m[i] + (1 - beta1) * g[i]
            v[i] = beta2 * v[i] + (1 - beta2) * g[i] ** 2
            p[i] -= decay * rate * p[i]
            size = rate / (1 - beta1**t)
            if rho >= 5:
                size *= math.sqrt(
                    (1 - beta2**t) * (rho - 4) / (limit - 4)
                    * (rho - 2) / rho * limit / (limit - 2))
                p[i] -= size * m[i] / (math.sqrt(v[i]) + epsilon)
            else:
                p[i] -= size * m[i]
        rows.append(list(p))
    return rows


def optimizers():
    o = torch.optim
    norm = torch.nn.utils.clip_grad_norm_
    value = torch.nn.utils.clip_grad_value_
    return {
        "sgd": by_torch(lambda w, b: o.SGD([w, b], lr=0.02, momentum=0.9, weight_decay=0.1)),
        "sgd no momentum": by_torch(lambda w, b: o.SGD([w, b], lr=0.02)),
        "sgd groups": by_torch(lambda w, b: o.SGD(
            [{"params": [w]}, {"params": [b], "lr": 0.04, "weight_decay": 0.3}],
            lr=0.02, momentum=0.9, weight_decay=0.1)),
        "sgd matrices decay": by_torch(lambda w, b: o.SGD(
            [{"params": [w], "weight_decay": 0.1}, {"params": [b]}], lr=0.02, momentum=0.9)),
        "sgd clip norm": by_torch(
            lambda w, b: o.SGD([w, b], lr=0.02, momentum=0.9, weight_decay=0.1),
            lambda all: norm(all, 2.0)),
        "sgd clip value": by_torch(
            lambda w, b: o.SGD([w, b], lr=0.02, momentum=0.9, weight_decay=0.1),
            lambda all: value(all, 0.7)),
        "adam": by_torch(lambda w, b: o.Adam([w, b], lr=0.1, weight_decay=0.1)),
        "adam .5 .9": by_torch(lambda w, b: o.Adam([w, b], lr=0.1, betas=(0.5, 0.9))),
        "adam 0 .9": by_torch(lambda w, b: o.Adam([w, b], lr=0.1, betas=(0.0, 0.9))),
        "adamw": by_torch(lambda w, b: o.AdamW([w, b], lr=0.1, weight_decay=0.3)),
        "radam torch": by_torch(lambda w, b: o.RAdam([w, b], lr=0.05, weight_decay=0.1)),
        "radam torch .5 .9": by_torch(
            lambda w, b: o.RAdam([w, b], lr=0.05, betas=(0.5, 0.9), weight_decay=0.1)),
        "radam torch decoupled": by_torch(lambda w, b: o.RAdam(
            [w, b], lr=0.05, weight_decay=0.3, decoupled_weight_decay=True)),
        "radam reference": radam_reference(0.05, 0.9, 0.999, 1e-8, 0.3),
        "radam reference .5 .9": radam_reference(0.05, 0.5, 0.9, 1e-8, 0.3),
    }


def schedule(make, count=12):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    rule = make(optimizer)
    rates = []
    for _ in range(count):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        rule.step()
    return rates


def schedules():
    s = torch.optim.lr_scheduler
    return {
        "step 5": schedule(lambda o: s.StepLR(o, 5, 0.1)),
        "milestones 3 5 9": schedule(lambda o: s.MultiStepLR(o, [3, 5, 9], 0.1)),
        "exponential .99": schedule(lambda o: s.ExponentialLR(o, 0.99)),
        "poly 10": schedule(lambda o: s.PolynomialLR(o, 10, 0.9)),
        "cosine 12": schedule(lambda o: s.CosineAnnealingLR(o, 12)),
    }


def table(name, rows, swift):
    print(f"  static let {name}: [String: {swift}] = [")
    for key, value in rows.items():
        if isinstance(value[0], list):
            print(f'    "{key}": [')
            for row in value:
                print("      [" + ", ".join(f"{x:.12g}" for x in row) + "],")
            print("    ],")
        else:
            print(f'    "{key}": [')
            for at in range(0, len(value), 5):
                print("      " + ", ".join(f"{x:.12g}" for x in value[at:at + 5]) + ",")
            print("    ],")
    print("  ]")


print("// Made by Tests/tools/make_optimizer_vectors.py with PyTorch "
      f"{torch.__version__.split('+')[0]}; do not edit.\n")
print("enum OptimizerVectors {")
for name, values in (("start", START), ("curvature", CURVATURE), ("target", TARGET)):
    print(f"  static let {name}: [Double] = {values}")
print("  /// The values after each step.")
table("steps", optimizers(), "[[Double]]")
print("  /// The factor of the rate at each count from 0.")
table("factors", schedules(), "[Double]")
print("}")
sys.stdout.flush()
