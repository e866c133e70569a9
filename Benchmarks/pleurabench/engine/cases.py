"""The networks that are measured, by the names of their figures. Imports nothing heavy."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Network:
    """A trunk or U-Net at batch 1, single precision. `network` is a key of networks.py."""

    name: str
    network: str
    channels: int
    size: int
    outputs: int = 14


@dataclass(frozen=True)
class Step:
    """A training step. `network` is a key of networks.py and a named network of pleura."""

    name: str
    network: str
    outputs: int
    channels: int = 3
    batch: int = 8
    size: int = 256


NETWORKS = [
    Network("vgg16-512", "vgg16", 3, 512),
    Network("unet-resnet34-512", "unet-resnet34", 3, 512, 1),
    Network("resnet50-os8-512", "resnet50-os8", 3, 512),
    Network("densenet121-320", "densenet121", 1, 320),
    Network("unet-seresnext50-512", "unet-seresnext50", 3, 512, 1),
    Network("deeplabv3plus-resnet18-320", "deeplabv3plus-resnet18", 3, 320, 10),
    Network("ciga-resnet18-128", "ciga-resnet18", 3, 128, 4),
]

STEPS = [
    Step("train-resnet18-256", "resnet18", 14),
    Step("train-unet-resnet18-256", "unet-resnet18", 1),
    # CheXseg and Ciga and Martel at their published sizes.
    Step("train-densenet121-320", "densenet121", 10, batch=4, size=320),
    Step("train-deeplabv3plus-resnet18-320", "deeplabv3plus-resnet18", 10, size=320),
    Step("train-ciga-resnet18-128", "ciga-resnet18", 4, batch=16, size=128),
]

NAMES = [case.name for case in NETWORKS + STEPS]
