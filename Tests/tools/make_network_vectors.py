#!/usr/bin/env python3
"""Writes Tests/NetworksTests/Generated/NetworkVectorText.swift: what PyTorch says of the networks.

usage: make_network_vectors.py [NAME...]     (without names all networks; with names to stdout only)

No weights are kept: every tensor is filled by a rule that the Swift tests repeat (`fill`, there
`NetworkVectors.parameters`). PyTorch computes in double precision from the same single precision
parameters. Needs torch, torchvision, segmentation_models_pytorch, timm and numpy; networks that
these lack are in reference_networks.py. Run with OMP_NUM_THREADS=1.
"""
import json
import pathlib
import sys

import numpy
import segmentation_models_pytorch as smp
import timm
import torch
import torchvision
from torch import nn
from torch.nn import functional as F
from torchvision.models import vgg as torch_vgg
from torchvision.models.segmentation import deeplabv3 as torch_deeplab

from reference_networks import (
    MAP, NAM, VGG, Ciga, ClassicUNet, Critic, Decomposition, DenseDeepLab, IRNet, ResNetExtra,
    UnpoolingCiga, dilated)

MASK = (1 << 64) - 1
TARGET = pathlib.Path(__file__).parents[1] / "NetworksTests/Generated/NetworkVectorText.swift"


# The rule.

def mix(z):
    """SplitMix64's finish, on a whole number or an array of them."""
    if isinstance(z, int):
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)
    z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    return z ^ (z >> numpy.uint64(31))


def uniform(name, count):
    """`RandomSource(seed: 0, stream: name).uniform()`, count times."""
    stream = 0xCBF29CE484222325
    for byte in name.encode():
        stream = ((stream ^ byte) * 0x100000001B3) & MASK
    key = mix(mix(0) ^ stream)
    steps = numpy.arange(1, count + 1, dtype=numpy.uint64) * numpy.uint64(0x9E3779B97F4A7C15)
    return (mix(steps + numpy.uint64(key)) >> numpy.uint64(11)).astype(numpy.float64) * 2.0 ** -53


def values(name, shape):
    """Weights within sqrt(6 / fan in), a tenth of it in gates, which must not saturate; scales and
    variances in 0.5...1.5; the rest in -0.1...0.1."""
    shape = tuple(shape)
    u = uniform(name, int(numpy.prod(shape)))
    if len(shape) > 1:
        gate = 0.1 if "se_module" in name else 1
        x = (2 * u - 1) * (gate * (6 / numpy.prod(shape[1:])) ** 0.5)
    elif name.endswith((".weight", ".running_var")):
        x = u + 0.5
    else:
        x = 0.1 * (2 * u - 1)
    return torch.from_numpy(x.astype(numpy.float32).reshape(shape)).double()


def fill(net):
    net.double()
    state = net.state_dict()
    with torch.no_grad():
        for name, tensor in state.items():
            if not name.endswith("num_batches_tracked"):
                tensor.copy_(values(name, tensor.shape))
    return net


def picture(batch, channels, height, width, stream="image"):
    shape = (batch, channels, height, width)
    x = 2 * uniform(stream, int(numpy.prod(shape))) - 1
    return torch.from_numpy(x.astype(numpy.float32).reshape(shape)).double()


# The cases: name (with a variant after "+"), network, what is tapped inside it, and how Swift
# makes the same.

def torch_vgg16(norm):
    net = torch_vgg.vgg16_bn(weights=None) if norm else torch_vgg.vgg16(weights=None)
    net.classifier = nn.Sequential(
        nn.Linear(25088, 64), nn.ReLU(), nn.Dropout(), nn.Linear(64, 64), nn.ReLU(),
        nn.Dropout(), nn.Linear(64, 10))
    return net


def dilated_resnet():
    return torchvision.models.resnet50(
        weights=None, num_classes=1, replace_stride_with_dilation=[False, True, True])


class Logits(nn.Module):
    """torchvision's segmentation networks answer with a dictionary."""

    def __init__(self, net):
        super().__init__()
        for name, child in net.named_children():
            self.add_module(name, child)
        self.net = [net]

    def forward(self, x):
        return self.net[0](x)["out"]


def torch_deeplab50(rates):
    net = torchvision.models.segmentation.deeplabv3_resnet50(
        weights=None, weights_backbone=None, num_classes=21)
    net.classifier = torch_deeplab.DeepLabHead(2048, 21, rates)
    return Logits(net)


def unet(encoder, decoder=(256, 128, 64, 32, 16)):
    return smp.Unet(
        encoder, encoder_weights=None, in_channels=3, classes=1, decoder_channels=decoder)


RATES = [2, 4, 6]
LAYER4 = {"features": "layer4", "layer2": "layer2"}
CASES = {
    "vgg16": (lambda: torch_vgg16(False), {"features": "features.29"}, {"hidden": 64}),
    "vgg16-bn": (lambda: torch_vgg16(True), {"features": "features.42"}, {"hidden": 64}),
    "vgg16-trunk": (lambda: VGG(MAP), {"features": "features"}, {}),
    "vgg16-d1": (
        lambda: VGG(dilated(), True, [512] * 3, 1), {"features": "extra_convs"}, {}),
    "resnet18": (lambda: torchvision.models.resnet18(weights=None, num_classes=5), LAYER4, {}),
    "resnet34": (lambda: torchvision.models.resnet34(weights=None, num_classes=5), LAYER4, {}),
    "resnet50": (lambda: torchvision.models.resnet50(weights=None, num_classes=5), LAYER4, {}),
    "resnet50-os8": (dilated_resnet, LAYER4, {}),
    "resnet50-os8-conv3": (ResNetExtra, {"features": "extra_convs"}, {}),
    "densenet121": (
        lambda: torchvision.models.densenet121(weights=None, num_classes=14),
        {"block2": "features.denseblock2"}, {}),
    "se-resnext50-32x4d": (
        lambda: timm.create_model("legacy_seresnext50_32x4d", num_classes=5), LAYER4, {}),
    "unet-classic": (
        lambda: ClassicUNet([16, 32, 64, 128, 256]), {}, {"divisor": 4, "channels": 1}),
    "unet-resnet18": (lambda: unet("resnet18"), {}, {}),
    "unet-resnet34": (lambda: unet("resnet34"), {}, {}),
    "unet-resnet50": (lambda: unet("resnet50"), {}, {}),
    "unet-se-resnext50": (lambda: unet("se_resnext50_32x4d"), {}, {}),
    "deeplabv3-resnet50": (lambda: torch_deeplab50(RATES), {}, {"rates": RATES}),
    "deeplabv3plus-resnet50": (lambda: DenseDeepLab(21, RATES), {}, {"rates": RATES}),
    "deeplabv3plus-resnet18": (
        lambda: smp.DeepLabV3Plus(
            "resnet18", encoder_weights=None, classes=10, decoder_atrous_rates=RATES), {},
        {"rates": RATES}),
    "ciga-resnet18": (lambda: Ciga(4), {}, {}),
    "ciga-resnet18+perceptron": (lambda: Ciga(4, True), {}, {"variant": "perceptron"}),
    "ciga-resnet18+unpooling": (lambda: UnpoolingCiga(4), {}, {"variant": "unpooling"}),
    "decomposition": (
        lambda: Decomposition([16, 32, 64, 128, 256], False), {},
        {"divisor": 4, "channels": 1, "scale": 0.125}),
    "decomposition-shared": (
        lambda: Decomposition([16, 32, 64, 128, 256], True), {},
        {"divisor": 4, "channels": 1, "scale": 0.125}),
    "decomposition-critic": (Critic, {}, {"channels": 1}),
    "nam-1gap": (lambda: NAM(1), {}, {}),
    "nam-2gap": (lambda: NAM(2), {}, {}),
    "nam-3gap": (lambda: NAM(3), {}, {}),
    "irnet": (IRNet, {}, {}),
}
# Outputs of light networks over two images, of the others over one.
PAIRS = ["resnet18", "unet-resnet18", "ciga-resnet18", "decomposition-critic", "unet-classic"]
OUTPUTS = {
    "vgg16": 10, "vgg16-bn": 10, "resnet18": 5, "resnet34": 5, "resnet50": 5, "densenet121": 14,
    "se-resnext50-32x4d": 5, "deeplabv3-resnet50": 21, "deeplabv3plus-resnet50": 21,
    "deeplabv3plus-resnet18": 10, "ciga-resnet18": 4, "nam-1gap": 2, "nam-2gap": 2,
    "nam-3gap": 2}
SIZE = (96, 64)


def summary(tensor, count=64):
    flat = tensor.detach().double().reshape(-1)
    places = [k * len(flat) // min(count, len(flat)) for k in range(min(count, len(flat)))]
    return {
        "shape": list(tensor.shape), "samples": [number(flat[p]) for p in places],
        "sum": number(flat.sum()), "max": number(flat.abs().max())}


def number(x):
    """Eight digits; what single precision cannot hold is 0."""
    x = float(x.detach())
    return float(f"{x:.8g}") if abs(x) > 1e-30 else 0.0


def case(name):
    make, inside, more = CASES[name]
    network = name.split("+")[0]
    net = fill(make().eval())
    taps = {}
    for tap, path in inside.items():
        net.get_submodule(path).register_forward_hook(
            lambda _, __, y, tap=tap: taps.__setitem__(tap, y))
    batch = 2 if network in PAIRS else 1
    more = dict(more)
    channels = more.pop("channels", 3)
    with torch.no_grad():
        result = net(more.get("scale", 1) * picture(batch, channels, *SIZE))
    if isinstance(result, dict):
        taps.update(result)
    elif network != "vgg16-trunk":
        taps["logits"] = result
    return {
        "network": network, "channels": channels, "outputs": OUTPUTS.get(network, 1),
        "image": [batch, channels, *SIZE], **more,
        "parameters": sum(p.numel() for p in net.parameters()),
        "taps": {tap: summary(y) for tap, y in taps.items()}}


# Training: batch statistics, the loss, and some gradients.

NARROW = [32, 16, 8, 8, 4]
TRAINED = {
    "resnet18": [
        "conv1.weight", "bn1.weight", "layer1.0.conv2.weight", "layer2.0.downsample.0.weight",
        "layer4.1.bn2.bias", "fc.weight", "fc.bias"],
    "unet-resnet18": [
        "encoder.conv1.weight", "encoder.bn1.bias", "encoder.layer3.1.conv1.weight",
        "decoder.blocks.0.conv1.0.weight", "decoder.blocks.4.conv2.1.weight",
        "segmentation_head.0.weight", "segmentation_head.0.bias"],
}


def margin(net, image):
    """The smallest size of an input of a ReLU."""
    least = []
    hooks = [
        layer.register_forward_pre_hook(lambda _, x: least.append(float(x[0].abs().min())))
        for layer in net.modules() if isinstance(layer, nn.ReLU)]
    with torch.no_grad():
        net(image)
    for hook in hooks:
        hook.remove()
    return min(least)


def training(name):
    """Of many images the one that keeps clear of the kinks of ReLU: single precision on the other
    side of one kink changes the gradients by up to a tenth. Few cells help, so that the image is
    small and the decoder narrow."""
    more = {"decoder": NARROW} if name.startswith("unet") else {}
    net = fill((unet("resnet18", NARROW) if more else CASES[name][0]()).train())
    size = (8, 3, 32, 32)
    streams = [f"image.{k}" for k in range(400)]
    stream = max(streams, key=lambda s: margin(net, picture(*size, s)))
    print(name, stream, margin(net, picture(*size, stream)), file=sys.stderr)
    logits = net(picture(*size, stream))
    if logits.dim() == 2:
        target = numpy.floor(uniform("target", size[0]) * logits.shape[1])
        loss = F.cross_entropy(logits, torch.from_numpy(target).long())
    else:
        target = (uniform("target", logits.numel()) < 0.5).astype(numpy.float64)
        loss = F.binary_cross_entropy_with_logits(
            logits, torch.from_numpy(target).reshape(logits.shape))
    loss.backward()
    gradients = dict(net.named_parameters())
    return {
        "network": name, "channels": 3, "outputs": OUTPUTS.get(name, 1), "image": size, **more,
        "stream": stream, "loss": number(loss),
        "gradients": {
            p: {**summary(gradients[p].grad, 16), "norm": number(gradients[p].grad.norm())}
            for p in TRAINED[name]}}


def wrapped(text, width=96):
    """JSON in lines of at most `width`, broken after commas."""
    lines, line = [], ""
    for part in text.replace(", ", ",").split(","):
        piece = part + ","
        if len(line) + len(piece) > width:
            lines.append(line)
            line = ""
        line += piece
    return "\n".join(lines + [line[:-1]])


def main():
    torch.manual_seed(0)
    names = sys.argv[1:] or list(CASES)
    cases = []
    for name in names:
        cases.append(case(name))
        print(name, cases[-1]["parameters"], file=sys.stderr)
    trained = [training(name) for name in TRAINED if name in names]
    text = json.dumps({"cases": cases, "training": trained}, separators=(",", ":"))
    if sys.argv[1:]:
        print(text)
        return
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(
        "// Written by Tests/tools/make_network_vectors.py "
        f"(torch {torch.__version__.split('+')[0]}); do not edit.\n"
        'enum NetworkVectorText {\n  static let json = #"""\n'
        + "".join(f"    {line}\n" for line in wrapped(text, 95).split("\n"))
        + '    """#\n}\n')


if __name__ == "__main__":
    main()
