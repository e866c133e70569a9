#!/usr/bin/env python3
"""Writes Tests/TrainingTests/Generated/MetricVectors.swift: what scikit-learn and SciPy say of small
sets of scores and masks. DeLong's variance and the interval of predictive values are in neither and
are written out here from the papers.

Usage: make_metric_vectors.py > Tests/TrainingTests/Generated/MetricVectors.swift
"""
import math

import numpy
import scipy
import scipy.stats
import sklearn
from sklearn import metrics

Z = scipy.stats.norm.ppf(0.975)
GENERATOR = numpy.random.default_rng(20)


def scores_and_truth(n, share):
    truth = (GENERATOR.random(n) < share).astype(int)
    scores = 1 / (1 + numpy.exp(-(GENERATOR.normal(size=n) + 1.2 * truth - 0.6)))
    return numpy.round(scores, 2), truth  # rounding makes ties


def delong(scores, truth):
    """DeLong et al. 1988, by the kernel matrix; the interval on the logit scale."""
    x, y = scores[truth == 1], scores[truth == 0]
    kernel = (x[:, None] > y[None, :]) + 0.5 * (x[:, None] == y[None, :])
    area = kernel.mean()
    deviation = math.sqrt(
        kernel.mean(1).var(ddof=1) / len(x) + kernel.mean(0).var(ddof=1) / len(y))
    logit, half = math.log(area / (1 - area)), Z * deviation / (area * (1 - area))
    return [area] + [1 / (1 + math.exp(-(logit + s * half))) for s in (-1, 1)]


def within_origins(scores, truth, origins):
    wins = pairs = 0
    for origin in sorted(set(origins)):
        s, t = scores[origins == origin], truth[origins == origin]
        if 0 < t.sum() < len(t):
            count = t.sum() * (len(t) - t.sum())
            wins += metrics.roc_auc_score(t, s) * count
            pairs += count
    return wins / pairs


def calibration(scores, truth):
    order = numpy.argsort(scores, kind="stable")
    edges = [b * len(order) // 10 for b in range(11)]
    error = 0
    for low, high in zip(edges, edges[1:]):
        members = order[low:high]
        error += len(members) / len(order) * abs(truth[members].mean() - scores[members].mean())
    return error


def predictive(tp, p, tn, n, prevalence):
    """Mercaldo, Lau and Zhou 2007, adjusted logit intervals."""
    def bayes(se, sp, q):
        return se * q / (se * q + (1 - sp) * (1 - q))

    n1, n0 = p + Z * Z, n + Z * Z
    se, sp = (tp + Z * Z / 2) / n1, (tn + Z * Z / 2) / n0
    ppv, npv = bayes(se, sp, prevalence), bayes(sp, se, 1 - prevalence)
    vppv = (1 - se) / se / n1 + sp / (1 - sp) / n0
    vnpv = se / (1 - se) / n1 + (1 - sp) / sp / n0
    rows = []
    for value, variance, exact in (
            (ppv, vppv, bayes(tp / p, tn / n, prevalence)),
            (npv, vnpv, bayes(tn / n, tp / p, 1 - prevalence))):
        logit, half = math.log(value / (1 - value)), Z * math.sqrt(variance)
        low, high = (1 / (1 + math.exp(-(logit + s * half))) for s in (-1, 1))
        rows.append([exact, min(exact, low), max(exact, high)])
    return rows


def overlap(pairs):
    """Every definition over pairs of masks; background counts from all pixels."""
    dice = [2 * (p & t).sum() / (p.sum() + t.sum()) if (p | t).any() else None for p, t in pairs]
    iou = [metrics.jaccard_score(t, p) if (p | t).any() else None for p, t in pairs]
    prediction, truth = (numpy.concatenate(side) for side in zip(*pairs))
    mean = lambda values: float(numpy.mean(list(values)))
    return {
        "diceEmptyOne": mean(1 if d is None else d for d in dice),
        "dicePositives": mean(d for d, (_, t) in zip(dice, pairs) if t.any()),
        "diceSmoothed": mean(
            (2 * (p & t).sum() + 1) / (p.sum() + t.sum() + 1) for p, t in pairs),
        "diceHits": mean(d for d, (p, t) in zip(dice, pairs) if (p & t).any()),
        "dicePooled": metrics.f1_score(truth, prediction),
        "iouPooledTwoClass": metrics.jaccard_score(truth, prediction, average="macro"),
        "iouPooled": metrics.jaccard_score(truth, prediction),
        "iouUnions": mean(i for i in iou if i is not None),
        "iouBothNonEmpty": mean(i for i, (p, t) in zip(iou, pairs) if p.any() and t.any()),
    }


def masks():
    pairs = [(numpy.zeros(12, int), numpy.zeros(12, int))]
    for share in (0.2, 0.5, 0.3, 0.4):
        truth = (GENERATOR.random(12) < share).astype(int)
        pairs.append(((truth ^ (GENERATOR.random(12) < 0.25)).astype(int), truth))
    pairs.append((numpy.zeros(12, int), pairs[1][1]))  # missed
    pairs.append((pairs[2][0], numpy.zeros(12, int)))  # false alarm
    pairs.append((numpy.eye(12, dtype=int)[0], numpy.eye(12, dtype=int)[5]))  # beside it
    return pairs


def text(value):
    if isinstance(value, (list, tuple, numpy.ndarray)):
        return "[" + ", ".join(text(v) for v in value) + "]"
    return repr(int(value)) if isinstance(value, (int, numpy.integer)) else repr(float(value))


def block(values, indent):
    """A literal over several lines, as swift format lays them out."""
    lines, pad = [""], " " * indent
    for value in values:
        word = text(value) + ","
        if isinstance(value, (list, tuple, numpy.ndarray)) or len(pad + lines[-1] + word) > 99:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + word
    return "[\n" + "".join(f"{pad}{l}\n" for l in lines if l) + " " * (indent - 2) + "]"


def line(name, value, kind, about):
    whole = f"  static let {name}: {kind} = {text(value)}"
    if len(whole) > 100:
        whole = f"  static let {name}: {kind} = {block(value, 4)}"
    print(f"  /// {about}\n{whole}")


def main():
    scores, truth = scores_and_truth(80, 0.35)
    origins = numpy.arange(80) % 4
    precision, recall, _ = metrics.precision_recall_curve(truth, scores)
    called = scores >= 0.55
    pairs = masks()
    print(f"// Made by Tests/tools/make_metric_vectors.py with scikit-learn {sklearn.__version__} and")
    print(f"// SciPy {scipy.__version__}; do not edit.\n\nenum MetricVectors {{")
    line("scores", scores, "[Double]", "With ties.")
    line("truth", truth, "[Int]", "1 or 0 an item.")
    line("delong", delong(scores, truth), "[Double]", "Area, lower, upper.")
    line("area", metrics.roc_auc_score(truth, scores), "Double", "`roc_auc_score`.")
    line("withinOrigins", within_origins(scores, truth, origins), "Double",
         "Over pairs whose numbers agree modulo 4.")
    line("averagePrecision", metrics.average_precision_score(truth, scores), "Double",
         "`average_precision_score`.")
    line("trapezoid", metrics.auc(recall, precision), "Double", "`auc(recall, precision)`.")
    line("f1", metrics.f1_score(truth, called), "Double", "At scores of .55 and more.")
    line("brier", metrics.brier_score_loss(truth, scores), "Double", "`brier_score_loss`.")
    line("calibrationError", calibration(scores, truth), "Double", "Ten bins of equal mass.")
    wilson = [scipy.stats.binomtest(k, n).proportion_ci(method="wilson")
              for k, n in ((0, 7), (3, 11), (40, 41))]
    line("wilson", [list(w) for w in wilson], "[[Double]]", "Of 0/7, 3/11 and 40/41.")
    line("predictive", predictive(18, 20, 70, 100, 0.03), "[[Double]]",
         "PPV and NPV of 18/20 and 70/100 at a prevalence of .03.")
    line("predictivePerfect", predictive(20, 20, 100, 100, 0.03), "[[Double]]",
         "PPV and NPV of 20/20 and 100/100 at a prevalence of .03.")
    line("predicted", [p for p, _ in pairs], "[[UInt8]]", "Masks of 12 pixels.")
    line("drawn", [t for _, t in pairs], "[[UInt8]]", "Their truth.")
    print("  /// By definition, over these masks.\n  static let overlap: [String: Double] = [")
    for name, value in overlap(pairs).items():
        print(f'    "{name}": {text(value)},')
    print("  ]\n}")


main()
