#!/usr/bin/env python3
"""Tells painted films from their controls, by everything but the pneumothorax itself.

The set is made by `pleura phantom --paint-into ... --shams --out DIR`. Of every film a region is
blanked: the air of a painted film, or the place where the control would have had its air (drawn
from the same distribution), each widened by a margin. What is left of the film must not say
whether it was painted. Two detectors are trained on the films of split `train` and tested on those
of other patients (split `val`):

 statistics  histogram, energies of fine bands, JPEG grid and darkness, of the whole film, of each
             lung and of a ring around the blanked region (of the region itself where it is not
             blanked): gradient-boosted trees.
 network     a small CNN on the blanked film and on a crop around the blanked region.

Printed: AUROC with its bootstrap interval by patient (the two films of a pair share one), and the
same with the air not blanked, which shows that the detectors can learn at all.

Needs numpy, pillow, scipy, scikit-learn, torch.
"""

import argparse
import csv
import json

import numpy as np
import torch
from PIL import Image
from scipy import ndimage
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

SIDE = 320


def load(folder, name):
    return np.asarray(Image.open(f"{folder}/{name}").convert("L").resize((SIDE, SIDE)), np.float32)


def widened(region, margin):
    return ndimage.maximum_filter(region.astype(np.uint8), 2 * margin + 1) > 0


def read(folder, margin, limit):
    """Films 0...1, blanked regions, lungs, labels, patients, splits."""
    rows = list(csv.DictReader(open(f"{folder}/labels.csv")))[:limit]
    films, blanks, lungs = [], [], []
    for row in rows:
        films.append(load(folder, row["file"]) / 255)
        region = load(folder, row["mask"] or row["sham"]) > 127
        blanks.append(widened(region, margin))
        lungs.append(load(folder, row["lung_mask"]) > 127)
    label = np.array([int(r["pneumothorax"]) for r in rows])
    patient = np.array([r["patient_id"] for r in rows])
    split = np.array([r["split"] for r in rows])
    return np.stack(films), np.stack(blanks), np.stack(lungs), label, patient, split


def bands(film):
    """Differences of Gaussians, fine to coarse."""
    levels = [film] + [ndimage.gaussian_filter(film, sigma) for sigma in (0.5, 0.9, 1.6, 3, 6)]
    return [fine - coarse for fine, coarse in zip(levels, levels[1:])]


def grid_steps(film):
    """Steps between neighbours along each axis, and which of them lie on the JPEG grid."""
    for axis in (0, 1):
        steps = np.zeros_like(film)
        difference = np.abs(np.diff(film, axis=axis))
        on_grid = np.zeros(film.shape, bool)
        if axis == 0:
            steps[:-1] = difference
            on_grid[7::8] = True
        else:
            steps[:, :-1] = difference
            on_grid[:, 7::8] = True
        yield steps, on_grid


def statistics(film, blank, lung):
    """Numbers of one film, outside the blanked region and with it."""
    ring = widened(blank, 14) & ~blank
    middle = SIDE // 2
    left, right = lung.copy(), lung.copy()
    left[:, middle:] = False
    right[:, :middle] = False
    own, other = (left, right) if (blank & left).sum() > (blank & right).sum() else (right, left)
    fine, steps = bands(film), list(grid_steps(film))
    grey = np.round(film * 255).astype(np.uint8)
    result = []
    outside = ~blank
    for keep in (outside, np.ones_like(blank)):
        out = []
        near = ring if keep is outside else blank
        for part in (keep, own & keep, other & keep, near & lung, ~lung & keep):
            if part.sum() < 30:
                part = keep
            counts = np.bincount(grey[part], minlength=256)
            share = np.cumsum(counts) / counts.sum()
            values = film[part]
            out += [values.mean(), values.std()]
            out += [np.searchsorted(share, q) for q in (0.02, 0.1, 0.25, 0.5, 0.75, 0.9)]
            out += [(counts == 0).sum(), np.abs(np.diff(counts)).sum() / counts.sum()]
            for band in fine:
                inside = band[part]
                size = np.abs(inside)
                out += [inside.std(), size.mean(), size.max(), (inside**3).mean()]
            for step, on_grid in steps:
                grid, rest = step[part & on_grid], step[part & ~on_grid]
                out.append((grid.mean() + 1e-6) / (rest.mean() + 1e-6) if len(grid) else 1)
        result.append(out)
    return result


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        widths = [3, 16, 24, 32, 48, 64]
        layers = []
        for a, b in zip(widths, widths[1:]):
            layers += [
                torch.nn.Conv2d(a, b, 3, padding=1),
                torch.nn.BatchNorm2d(b),
                torch.nn.ReLU(),
                torch.nn.MaxPool2d(2),
            ]
        self.body = torch.nn.Sequential(*layers)
        self.head = torch.nn.Linear(2 * widths[-1], 1)

    def forward(self, x):
        y = self.body(x)
        y = torch.cat([y.mean((2, 3)), y.amax((2, 3))], 1)
        return self.head(torch.nn.functional.dropout(y, 0.3, self.training))[:, 0]


def network_input(films, blanks, blanking, crop):
    """Film, its fine detail and the blanked region as channels, turned so that the region lies on
    the right: half size, or with `crop` 96 full-size pixels around the region."""
    out = []
    for film, blank in zip(films, blanks):
        mean = film[~blank].mean()
        detail = film - ndimage.gaussian_filter(film, 2.5)
        if blanking:
            film, detail = np.where(blank, mean, film), np.where(blank, 0, detail)
        planes = np.stack([4 * (film - mean), 16 * detail, blank.astype(np.float32)])
        ys, xs = np.nonzero(blank)
        if xs.mean() < SIDE / 2:
            planes, xs = planes[:, :, ::-1], SIDE - 1 - xs
        if crop:
            y = int(np.clip(ys.mean() - 48, 0, SIDE - 96))
            x = int(np.clip(xs.mean() - 48, 0, SIDE - 96))
            planes = planes[:, y : y + 96, x : x + 96]
        else:
            planes = planes.reshape(3, SIDE // 2, 2, SIDE // 2, 2).mean((2, 4))
        out.append(planes.astype(np.float32))
    return torch.from_numpy(np.stack(out))


def train(inputs, label, chosen, epochs, seed, device):
    torch.manual_seed(seed)
    net = Net().to(device)
    optimizer = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=1e-3)
    steps = epochs * ((len(chosen) + 31) // 32)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    random = np.random.default_rng(seed)
    target = torch.from_numpy(label.astype(np.float32)).to(device)
    for _ in range(epochs):
        net.train()
        # The two films of a pair in one batch: what differs is the painting.
        order = random.permutation(chosen[: len(chosen) // 2 * 2].reshape(-1, 2)).reshape(-1)
        for at in range(0, len(order), 32):
            part = order[at : at + 32]
            shift = tuple(random.integers(-3, 4, 2))
            batch = inputs[part].to(device).roll(shift, (2, 3))
            loss = torch.nn.functional.binary_cross_entropy_with_logits(net(batch), target[part])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    net.eval()
    with torch.no_grad():
        return np.concatenate(
            [net(inputs[a : a + 64].to(device)).cpu().numpy() for a in range(0, len(inputs), 64)]
        )


def interval(score, label, patient, rounds=1000):
    """AUROC and its 95 % bootstrap interval over patients."""
    random = np.random.default_rng(0)
    groups = [np.nonzero(patient == p)[0] for p in np.unique(patient)]
    values = []
    for _ in range(rounds):
        pick = np.concatenate([groups[g] for g in random.integers(0, len(groups), len(groups))])
        if 0 < label[pick].mean() < 1:
            values.append(roc_auc_score(label[pick], score[pick]))
    low, high = np.quantile(values, [0.025, 0.975])
    return {
        "auroc": round(float(roc_auc_score(label, score)), 3),
        "interval": [round(float(low), 3), round(float(high), 3)],
        "n": int(len(label)),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder")
    parser.add_argument("--margin", type=int, default=8, help="pixels at 320")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--limit", type=int, default=None)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=["statistics", "film", "crop"], default=None)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    films, blanks, lungs, label, patient, split = read(
        options.folder, options.margin, options.limit
    )
    chosen = np.nonzero(split == "train")[0]
    held = np.nonzero(split == "val")[0]
    assert not set(patient[chosen]) & set(patient[held])
    print(json.dumps({"train": len(chosen), "test": len(held), "margin": options.margin}))
    if options.only in (None, "statistics"):
        tables = np.array([statistics(f, b, l) for f, b, l in zip(films, blanks, lungs)])
    for blanking in (True, False):
        name = "air blanked" if blanking else "air visible"
        if options.only in (None, "statistics"):
            table = tables[:, 0 if blanking else 1]
            trees = HistGradientBoostingClassifier(
                max_iter=150, learning_rate=0.05, random_state=options.seed
            ).fit(table[chosen], label[chosen])
            score = trees.predict_proba(table[held])[:, 1]
            result = interval(score, label[held], patient[held])
            print(json.dumps({"detector": "statistics", "what": name, **result}), flush=True)
        for crop in (False, True):
            kind = "crop" if crop else "film"
            if options.only not in (None, kind):
                continue
            inputs = network_input(films, blanks, blanking, crop)
            score = train(inputs, label, chosen, options.epochs, options.seed, options.device)
            result = interval(score[held], label[held], patient[held])
            detector = "network, " + kind
            print(json.dumps({"detector": detector, "what": name, **result}), flush=True)


if __name__ == "__main__":
    main()
