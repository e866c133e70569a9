"""The peers' networks (torchvision, segmentation_models_pytorch) with seeded random weights.

Convolutions are He-normal over their fan in, so that activations keep their range; the running
statistics of batch norms are those of random pictures, so that they are neither 0 and 1 nor wrong.
The last batch norm of a residual block scales by a third of the others: at full size random blocks
amplify every rounding error (the usual remedy in training is to begin at 0, Goyal et al. 2017).
"""

import segmentation_models_pytorch as smp
import torch
import torchvision
from torch import nn

SEED = 20261


class WithFeatures(nn.Module):
    """A classifier that gives its last feature map beside the logits: errors of a few logits
    would say little about the network."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        model = self.model
        if isinstance(model, torchvision.models.DenseNet):
            features = torch.relu(model.features(x))
        else:
            x = model.maxpool(model.relu(model.bn1(model.conv1(x))))
            features = model.layer4(model.layer3(model.layer2(model.layer1(x))))
        head = model.classifier if isinstance(model, torchvision.models.DenseNet) else model.fc
        return head(features.mean((2, 3))), features


class Ciga(nn.Module):
    """The tile network of Ciga and Martel 2021 in the form of their code: ResNet-18 to its third
    stage, a convolution, bilinear twice as large, 1 x 1, nearest to the size of the tile."""

    def __init__(self, channels, outputs):
        super().__init__()
        trunk = torchvision.models.resnet18(weights=None)
        trunk.conv1 = nn.Conv2d(channels, 64, 7, 2, 3, bias=False)
        del trunk.layer4, trunk.fc, trunk.avgpool
        self.encoder = trunk
        self.decoder = nn.ModuleDict(
            {
                "conv1": nn.Conv2d(256, 64, 3, padding=1, bias=False),
                "bn1": nn.BatchNorm2d(64),
                "conv_last": nn.Conv2d(64, outputs, 1),
            }
        )

    def forward(self, x):
        trunk, size = self.encoder, x.shape[2:]
        x = trunk.maxpool(trunk.relu(trunk.bn1(trunk.conv1(x))))
        x = trunk.layer3(trunk.layer2(trunk.layer1(x)))
        x = torch.relu(self.decoder["bn1"](self.decoder["conv1"](x)))
        x = nn.functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
        return nn.functional.interpolate(self.decoder["conv_last"](x), size=size, mode="nearest")


def skeleton(name, channels, outputs):
    """The architecture alone, and its last layer (None for the trunk)."""
    if name == "vgg16":
        # to relu5_3, without the last pool: the trunk that localizes
        return torchvision.models.vgg16(weights=None).features[:-1], None
    if name == "resnet18":
        model = torchvision.models.resnet18(weights=None, num_classes=outputs)
        return model, model.fc
    if name == "resnet50-os8":
        model = torchvision.models.resnet50(
            weights=None, num_classes=outputs, replace_stride_with_dilation=[False, True, True]
        )
        return model, model.fc
    if name == "densenet121":
        model = torchvision.models.densenet121(weights=None, num_classes=outputs)
        model.features.conv0 = nn.Conv2d(channels, 64, 7, 2, 3, bias=False)
        return model, model.classifier
    if name == "deeplabv3plus-resnet18":
        model = smp.DeepLabV3Plus(
            "resnet18", encoder_weights=None, in_channels=channels, classes=outputs
        )
        return model, model.segmentation_head[0]
    if name == "ciga-resnet18":
        model = Ciga(channels, outputs)
        return model, model.decoder["conv_last"]
    encoder = {
        "unet-resnet18": "resnet18",
        "unet-resnet34": "resnet34",
        "unet-seresnext50": "se_resnext50_32x4d",
    }[name]
    model = smp.Unet(encoder, encoder_weights=None, in_channels=channels, classes=outputs)
    return model, model.segmentation_head[0]


def initialize(model, generator):
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            fan_in = module.weight[0].numel()
            nn.init.normal_(module.weight, 0, (2 / fan_in) ** 0.5, generator=generator)
            if module.bias is not None:
                nn.init.normal_(module.bias, 0, 0.1, generator=generator)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5, generator=generator)
            nn.init.normal_(module.bias, 0, 0.1, generator=generator)
    for block in model.modules():
        if hasattr(block, "downsample"):
            last = block.bn3 if hasattr(block, "bn3") else block.bn2
            last.weight *= 0.3


def settle(model, last, channels, generator):
    """Sets the running statistics from two random batches, and the scale of the last layer so that
    logits are about 1 in size: probabilities near 0 and 1 would hide errors."""
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = None  # the plain mean over the batches
        norm.reset_running_stats()
    model.train()
    for _ in range(2 if norms else 0):
        model(torch.randn(2, channels, 256, 256, generator=generator))
    for norm, momentum in zip(norms, momenta):
        norm.momentum = momentum
    model.eval()
    if last is not None:
        logits = model(torch.randn(2, channels, 256, 256, generator=generator))
        scale = logits.square().mean().sqrt()
        last.weight /= scale
        last.bias /= scale


def build(name, channels, outputs):
    """A network in evaluation mode, the same numbers at every call."""
    torch.manual_seed(SEED)
    generator = torch.Generator().manual_seed(SEED)
    with torch.no_grad():
        model, last = skeleton(name, channels, outputs)
        initialize(model, generator)
        settle(model, last, channels, generator)
    return model
