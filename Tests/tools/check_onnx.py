#!/usr/bin/env python3
"""Export networks by PyTorch, run them here and in ONNX Runtime, and write them again and run those.

usage: Tests/tools/check_onnx.py [--program PATH] [--size N] [--folder DIR] [--opset N] [--dynamo]
                                 [--all] [NAME...]

Random weights. For each network three comparisons, each the largest difference relative to the
largest output: this program against ONNX Runtime on the exported file; ONNX Runtime on the file that
this program writes of it against ONNX Runtime on the original; and this program on its own file
against its first numbers. Exit code 1 when any exceeds 1e-4. Needs torch, torchvision,
segmentation_models_pytorch, onnxscript, onnxruntime and safetensors, and no network.
"""
import argparse
import logging
import pathlib
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np
import onnxruntime
import segmentation_models_pytorch as smp
import torch
import torchvision
from safetensors.numpy import load_file, save_file
from torch import nn

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
TOLERANCE = 1e-4


class Output(nn.Module):
    """The main output of torchvision's segmentation models."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x):
        return self.module(x)["out"]


class ClassicUNet(nn.Module):
    """The U-Net of 2015 with padded convolutions and transposed convolutions, channels from 16."""

    def __init__(self, widths=(16, 32, 64, 128)):
        super().__init__()
        pairs = list(zip((1,) + widths[:-1], widths))
        self.down = nn.ModuleList([self.block(a, b) for a, b in pairs])
        ups = list(zip(widths[:0:-1], widths[-2::-1]))
        self.up = nn.ModuleList([nn.ConvTranspose2d(a, b, 2, 2) for a, b in ups])
        self.join = nn.ModuleList([self.block(2 * b, b) for _, b in ups])
        self.head = nn.Conv2d(widths[0], 1, 1)

    @staticmethod
    def block(a, b):
        return nn.Sequential(nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(),
                             nn.Conv2d(b, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU())

    def forward(self, x):
        skips = []
        for index, block in enumerate(self.down):
            x = block(x if index == 0 else torch.max_pool2d(x, 2))
            skips.append(x)
        for up, join, skip in zip(self.up, self.join, skips[-2::-1]):
            x = join(torch.cat([skip, up(x)], 1))
        return self.head(x)


def unet(encoder):
    return smp.Unet(encoder, encoder_weights=None, in_channels=3, classes=1)


def resnet50_os8():
    dilated = [False, True, True]
    return torchvision.models.resnet50(weights=None, replace_stride_with_dilation=dilated)


# Name: how to make it, channels, side of the picture.
FIVE = {
    "vgg16-trunk": (lambda: torchvision.models.vgg16(weights=None).features, 3, 512),
    "unet-resnet34": (lambda: unet("resnet34"), 3, 512),
    "resnet50-os8": (resnet50_os8, 3, 512),
    "densenet121": (lambda: torchvision.models.densenet121(weights=None), 3, 320),
    "unet-se-resnext50": (lambda: unet("se_resnext50_32x4d"), 3, 512),
}
MORE = {
    "resnet18": (lambda: torchvision.models.resnet18(weights=None), 3, 224),
    "unet-resnet50": (lambda: unet("resnet50"), 3, 512),
    "unet-classic": (ClassicUNet, 1, 256),
    "deeplabv3": (lambda: Output(torchvision.models.segmentation.deeplabv3_resnet50(
        weights=None, weights_backbone=None)), 3, 512),
    "deeplabv3plus": (lambda: smp.DeepLabV3Plus("resnet18", encoder_weights=None, classes=2), 3, 320),
    "se-resnext50": (lambda: smp.encoders.get_encoder("se_resnext50_32x4d", weights=None), 3, 224),
}


def settle(module):
    """Running averages and gains as if trained, so that no layer is an identity."""
    generator = torch.Generator().manual_seed(1)
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean.normal_(0, 0.1, generator=generator)
            part.running_var.uniform_(0.8, 1.2, generator=generator)
            part.weight.data.uniform_(0.8, 1.2, generator=generator)
            part.bias.data.normal_(0, 0.1, generator=generator)
    return module.eval()


def export(make, channels, size, path, opset, dynamo):
    torch.manual_seed(0)
    module = settle(make())
    x = torch.randn(1, channels, size, size, generator=torch.Generator().manual_seed(2))
    torch.onnx.export(module, (x,), path, input_names=["image"], opset_version=opset, dynamo=dynamo,
                      **({"verbose": False} if dynamo else {}))
    return {"image": x.numpy()}


def runtime(path, inputs):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, inputs)))


def ours(program, path, source, target):
    begin = time.monotonic()
    subprocess.run(program + ["engine", "run", path, "--input", source, "--output", target],
                   check=True, stdout=subprocess.DEVNULL)
    return load_file(target), time.monotonic() - begin


def distance(a, b):
    if a.keys() != b.keys() or any(a[n].shape != b[n].shape for n in a):
        return float("inf")
    parts = [np.abs(a[n] - b[n]).max() / np.abs(b[n]).max() for n in a]
    return float("inf") if np.isnan(parts).any() else float(max(parts))


def check(name, make, channels, size, options, folder):
    path, written = folder / f"{name}.onnx", folder / f"{name}-ours.onnx"
    inputs = export(make, channels, size, path, options.opset, options.dynamo)
    save_file(inputs, folder / f"{name}.in.safetensors")
    wanted = runtime(path, inputs)
    files = folder / f"{name}.in.safetensors", folder / f"{name}.out.safetensors"
    first, seconds = ours(options.program, path, *files)
    subprocess.run(options.program + ["engine", "export", path, "--output", written], check=True)
    second, _ = ours(options.program, written, *files)
    parts = [distance(first, wanted), distance(runtime(written, inputs), wanted),
             distance(second, first)]
    good = all(part <= TOLERANCE for part in parts)
    print(f"{'ok  ' if good else 'FAIL'} {name:20} {size:4} px  import {parts[0]:.1e}  export"
          f" {parts[1]:.1e}  own {parts[2]:.1e}  {seconds:.1f} s", flush=True)
    return good


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--program", default=".build/release/pleura", type=lambda text: text.split())
    parser.add_argument("--size", type=int)
    parser.add_argument("--folder", type=pathlib.Path)
    parser.add_argument("--opset", type=int, default=17)
    parser.add_argument("--dynamo", action="store_true")
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    networks = FIVE | MORE
    names = options.names or list(networks if options.all else FIVE)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        good = [check(name, *networks[name][:2], options.size or networks[name][2], options, folder)
                for name in names]
    sys.exit(0 if all(good) else 1)


main()
