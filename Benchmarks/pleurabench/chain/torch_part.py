"""The peer: `python -m pleurabench.chain.torch_part PART FIELDS nchw|channels_last THREADS`.

FIELDS is a JSON file, a recipe with its changes. One run is a training step on one random batch
(forward, loss, backward, update, running average), or one picture read. Eager, single precision.
"""

import json
import sys
from pathlib import Path

import torch
import torch.nn.functional as F

from ..engine.serve import serve
from . import networks
from .affinity import Pairs
from .recipe import learning

FORMS = {"nchw": torch.contiguous_format, "channels_last": torch.channels_last}


def pictures(fields, count):
    size = fields["preparation"]
    return torch.rand(count, len(size["channels"]), size["height"], size["width"]) * 2 - 1


def blobs(images):
    """Label maps with a disc of ones."""
    rows = torch.arange(images.shape[2])[:, None] / images.shape[2]
    columns = torch.arange(images.shape[3])[None] / images.shape[3]
    disc = ((rows - 0.4) ** 2 + (columns - 0.3) ** 2 < 0.02).float()
    return disc.expand(len(images), 1, *disc.shape).contiguous()


def loss_of(part, fields, images):
    """From what the network gives to the loss."""
    if part == "classifier":
        target = (torch.arange(len(images)) % 2).float()[:, None]
        return lambda logits: F.binary_cross_entropy_with_logits(logits, target.expand_as(logits))
    if part == "segmentation":
        target = blobs(images)
        kind = (learning(fields, part).get("loss") or {"kind": "cross-entropy-and-dice"})["kind"]

        def loss(logits):
            # Weighted cells as the chain balances them; what the weight is costs nothing.
            weight = torch.tensor(4.0)
            cross = F.binary_cross_entropy_with_logits(logits, target, pos_weight=weight)
            if kind == "cross-entropy":
                return cross
            chance = torch.sigmoid(logits)
            shared, both = (chance * target).sum(), chance.sum() + target.sum()
            return cross + 1 - (2 * shared + 1) / (both + 1)

        return loss
    rows, columns = images.shape[2] // 4, images.shape[3] // 4
    pairs = Pairs(fields["affinity"]["radius"], rows, columns)
    labels = blobs(images)[:, 0, 2::4, 2::4].reshape(len(images), -1)
    return lambda outputs: pairs.loss(*outputs, labels)


def optimizer_of(settings, weights):
    common = {"lr": settings["rate"], "weight_decay": settings["weightDecay"]}
    if settings["kind"] == "sgd":
        return torch.optim.SGD(weights, momentum=settings["momentum"], **common)
    kinds = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "radam": torch.optim.RAdam}
    betas = (settings["beta1"], settings["beta2"])
    return kinds[settings["kind"]](weights, betas=betas, eps=settings["epsilon"], **common)


def step(part, fields, form):
    settings = learning(fields, part)
    model = networks.build(part, fields).train().to(memory_format=form)
    images = pictures(fields, settings["batch"]).to(memory_format=form)
    criterion = loss_of(part, fields, images)
    trained = [one for one in model.parameters() if one.requires_grad]
    optimizer = optimizer_of(settings["optimizer"], trained)
    decay = settings.get("averageDecay")
    average = [one.detach().clone() for one in trained] if decay else []

    def once():
        optimizer.zero_grad(set_to_none=True)
        loss = criterion(model(images))
        loss.backward()
        optimizer.step()
        if decay:
            torch._foreach_lerp_(average, [one.detach() for one in trained], 1 - decay)
        return {"loss": loss.item()}

    return once


def plus_plus(model, image):
    """Grad-CAM++ of the first logit at the last map, in closed form."""
    with torch.no_grad():
        features = model.trunk(image)[-1]
    features.requires_grad_(True)
    logit = model.logits(features)[0, 0]
    (slope,) = torch.autograd.grad(logit, features)
    with torch.no_grad():
        below = 2 + slope * features.sum((2, 3), keepdim=True)
        alpha = torch.where((slope == 0) | (below == 0), 0, 1 / below)
        weights = (alpha * slope.relu()).sum((2, 3), keepdim=True) * logit.clamp(-20, 20).exp()
        return (features * weights).sum(1, keepdim=True).relu()


def read_map(fields, form):
    model = networks.build("classifier", fields).eval().requires_grad_(False)
    model = model.to(memory_format=form)
    image = pictures(fields, 1).to(memory_format=form)
    size = image.shape[2:]
    averaging = fields["maps"].get("averaging") or {"scales": [1], "flip": False}
    grid = None
    if averaging.get("stride"):
        grid = [-(-side // averaging["stride"]) for side in size]

    def once():
        total = 0
        for scale in averaging["scales"]:
            scaled = image
            if scale != 1:
                to = [round(side * scale) for side in size]
                scaled = F.interpolate(image, to, mode="bilinear", align_corners=False)
            for mirrored in (False, True) if averaging["flip"] else (False,):
                one = plus_plus(model, scaled.flip(3) if mirrored else scaled)
                one = one.flip(3) if mirrored else one
                if grid:
                    one = F.interpolate(one, grid, mode="bilinear", align_corners=False)
                total = total + one
        whole = F.interpolate(total, size, mode="bilinear", align_corners=False)
        return {"loss": (whole / (whole.max() + 1e-5)).mean().item()}

    return once


def read_mask(fields, form):
    model = networks.build("segmentation", fields).eval().to(memory_format=form)
    image = pictures(fields, 1).to(memory_format=form)
    cut = fields["segmentation"]["threshold"]

    def once():
        with torch.inference_mode():
            return {"loss": (torch.sigmoid(model(image)) >= cut).float().mean().item()}

    return once


def main():
    part, fields, form, threads = sys.argv[1:5]
    torch.set_num_threads(int(threads))
    torch.set_num_interop_threads(1)
    fields, form = json.loads(Path(fields).read_text()), FORMS[form]
    reads = {"map": read_map, "mask": read_mask}
    if part in reads:
        return serve(lambda: reads[part](fields, form))
    serve(lambda: step(part, fields, form))


if __name__ == "__main__":
    main()
