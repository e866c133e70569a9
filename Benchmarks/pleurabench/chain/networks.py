"""The networks of a chain in torch, from the fields of its recipe: the same layers, so the same
number of parameters."""

import math

import torch
import torch.nn.functional as F
from torch import nn


class DropBlock(nn.Module):
    """Ghiasi 2018, seeds anywhere, one field for all channels."""

    def __init__(self, size, rate):
        super().__init__()
        self.size, self.rate = size, rate

    def forward(self, x):
        if not self.training:
            return x
        seeds = torch.rand(x.shape[0], 1, *x.shape[2:]) < self.rate / self.size**2
        squares = F.max_pool2d(seeds.float(), self.size, 1, self.size // 2)
        keep = 1 - squares[:, :, : x.shape[2], : x.shape[3]]
        return x * (keep * (keep.numel() / keep.sum().clamp(min=1)))


class VGGTrunk(nn.Module):
    """3 x 3 convolutions with a bias and, if asked for, batch norm; `forward` gives the map of each
    block before its pooling and, last, that of the extra convolutions."""

    def __init__(self, trunk, extra, drop):
        super().__init__()
        width = trunk["inChannels"]
        self.blocks, self.pools = nn.ModuleList(), nn.ModuleList()
        pools = {
            "half": lambda: nn.MaxPool2d(2), "keep": lambda: nn.MaxPool2d(3, 1, 1),
            "none": nn.Identity,
        }  # fmt: skip
        for index, block in enumerate(trunk["blocks"]):
            layers = []
            for to in block["widths"]:
                far = block["dilation"]
                layers.append(nn.Conv2d(width, to, 3, padding=far, dilation=far))
                if trunk["batchNorm"]:
                    layers.append(nn.BatchNorm2d(to))
                layers.append(nn.ReLU(inplace=True))
                width = to
            if drop and index >= len(trunk["blocks"]) - 2:
                layers.append(DropBlock(drop["size"], drop["rate"]))
            self.blocks.append(nn.Sequential(*layers))
            self.pools.append(pools[block["pool"]]())
        layers = []
        for to in extra:
            layers += [nn.Conv2d(width, to, 3, padding=1), nn.ReLU(inplace=True)]
            width = to
        self.extra, self.width = nn.Sequential(*layers), width

    def forward(self, x):
        maps = []
        for block, pool in zip(self.blocks, self.pools):
            maps.append(block(x))
            x = pool(maps[-1])
        return maps + [self.extra(x)]


class Classifier(nn.Module):
    def __init__(self, fields):
        super().__init__()
        network = fields["classifier"]["network"]
        if network["kind"] != "vgg" or network["head"] != "mean":
            raise SystemExit("bench: the peer knows VGG with the head \"mean\" alone")
        self.trunk = VGGTrunk(
            network["trunk"], network["extra"], fields["classifier"].get("dropBlock")
        )
        outputs = network["outputs"] + len(fields.get("auxiliary") or [])
        self.head = nn.Linear(self.trunk.width, outputs)

    def forward(self, x):
        return self.logits(self.trunk(x)[-1])

    def logits(self, features):
        return self.head(features.mean((2, 3)))


class Reduced(nn.Module):
    """1 x 1 convolution, group norm, interpolation, ReLU."""

    def __init__(self, width, to, groups, factor):
        super().__init__()
        self.conv = nn.Conv2d(width, to, 1, bias=False)
        self.norm, self.factor = nn.GroupNorm(math.gcd(groups, to), to), factor

    def forward(self, x):
        x = self.norm(self.conv(x))
        if self.factor > 1:
            x = F.interpolate(x, scale_factor=self.factor, mode="bilinear", align_corners=False)
        return F.relu(x)


class IRNet(nn.Module):
    """Ahn 2019 over the frozen trunk of the classifier: edge logits and displacement, both at a
    quarter of the size."""

    def __init__(self, fields):
        super().__init__()
        network, affinity = fields["classifier"]["network"], fields["affinity"]
        trunk = network["trunk"]
        self.trunk = VGGTrunk(trunk, network["extra"], None).requires_grad_(False)
        strides, stride = [], 1
        for block in trunk["blocks"]:
            strides.append(stride)
            stride *= 2 if block["pool"] == "half" else 1
        widths = [block["widths"][-1] for block in trunk["blocks"]] + [self.trunk.width]
        self.pools = [max(1, 4 // one) for one in (strides + [stride])[-5:]]
        grows = [max(1, one // 4) for one in (strides + [stride])[-5:]]
        widths, edge, wide = widths[-5:], affinity["edgeWidth"], affinity["width"]
        self.edges = nn.ModuleList(
            Reduced(width, edge, 4, grow) for width, grow in zip(widths, grows)
        )
        self.last_edge = nn.Conv2d(5 * edge, 1, 1)
        forms = [(wide // 4, 8), (wide // 2, 16), (wide, 16), (wide, 16), (wide, 16)]
        self.fields = nn.ModuleList(
            Reduced(width, to, groups, grow)
            for width, (to, groups), grow in zip(widths, forms, grows)
        )
        self.joined = Reduced(3 * wide, wide, 16, 1)
        self.last = Reduced(wide // 4 + wide // 2 + wide, wide, 16, 1)
        self.field = nn.Conv2d(wide, 2, 1, bias=False)
        self.register_buffer("mean_shift", torch.zeros(2))

    def train(self, mode=True):
        super().train(mode)
        self.trunk.eval()
        return self

    def forward(self, x):
        with torch.no_grad():
            maps = [
                F.avg_pool2d(one, pool) if pool > 1 else one
                for one, pool in zip(self.trunk(x)[-5:], self.pools)
            ]
        edge = self.last_edge(torch.cat([to(one) for to, one in zip(self.edges, maps)], 1))
        parts = [to(one) for to, one in zip(self.fields, maps)]
        deep = self.joined(torch.cat(parts[2:], 1))
        return edge, self.field(self.last(torch.cat([parts[0], parts[1], deep], 1)))


class Squeeze(nn.Module):
    def __init__(self, width):
        super().__init__()
        narrow = max(1, width // 16)
        self.inner, self.outer = nn.Conv2d(width, narrow, 1), nn.Conv2d(narrow, width, 1)

    def forward(self, x):
        gate = self.outer(F.relu(self.inner(x.mean((2, 3), keepdim=True)), inplace=True))
        return x * torch.sigmoid(gate)


def normalized(width, to, kernel=3, stride=1, dilation=1, groups=1):
    pad = dilation * (kernel // 2)
    conv = nn.Conv2d(width, to, kernel, stride, pad, dilation, groups, bias=False)
    return [conv, nn.BatchNorm2d(to)]


class Bottleneck(nn.Module):
    """SE-ResNeXt's block (Hu 2018), as in Cadene's collection."""

    def __init__(self, width, stage, first, groups):
        super().__init__()
        inner, to = 2 * stage["width"], 4 * stage["width"]
        stride = stage["stride"] if first else 1
        dilation = stage["firstDilation"] if first else stage["dilation"]
        self.body = nn.Sequential(
            *normalized(width, inner, 1), nn.ReLU(inplace=True),
            *normalized(inner, inner, 3, stride, dilation, groups), nn.ReLU(inplace=True),
            *normalized(inner, to, 1), Squeeze(to),
        )  # fmt: skip
        changes = first and (stride != 1 or width != to)
        self.short = nn.Sequential(*normalized(width, to, 1, stride)) if changes else nn.Identity()

    def forward(self, x):
        return F.relu(self.body(x) + self.short(x), inplace=True)


class UNet(nn.Module):
    """The decoder of segmentation_models_pytorch on an SE-ResNeXt encoder."""

    def __init__(self, fields):
        super().__init__()
        network = fields["segmentation"]["learning"]["network"]
        encoder = network.get("encoder", {})
        if network["kind"] != "encoder-unet" or encoder["block"] != "se-resnext":
            raise SystemExit("bench: the peer knows the U-Net on SE-ResNeXt alone")
        width = encoder["stemWidth"]
        self.stem = nn.Sequential(
            *normalized(encoder["inChannels"], width, encoder["stemKernel"], 2),
            nn.ReLU(inplace=True),
        )
        self.pool = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.stages, skips = nn.ModuleList(), [width]
        for stage in encoder["stages"]:
            blocks = []
            for depth in range(stage["depth"]):
                blocks.append(Bottleneck(width, stage, depth == 0, encoder["groups"]))
                width = 4 * stage["width"]
            self.stages.append(nn.Sequential(*blocks))
            skips.append(width)
        self.decoder = nn.ModuleList()
        for to, skip in zip(network["decoder"], skips[-2::-1] + [0]):
            self.decoder.append(
                nn.Sequential(
                    *normalized(width + skip, to), nn.ReLU(inplace=True),
                    *normalized(to, to), nn.ReLU(inplace=True),
                )
            )  # fmt: skip
            width = to
        self.head = nn.Conv2d(width, network["outputs"], 3, padding=1)

    def forward(self, x):
        maps = [self.stem(x)]
        x = self.pool(maps[0])
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        for block, skip in zip(self.decoder, maps[-2::-1] + [None]):
            x = F.interpolate(x, scale_factor=2, mode="nearest")
            x = block(x if skip is None else torch.cat([x, skip], 1))
        return self.head(x)


NETWORKS = {"classifier": Classifier, "affinity": IRNet, "segmentation": UNet}


def build(part, fields):
    """He-normal weights of one seed: what they are does not change the cost, unless they vanish."""
    torch.manual_seed(20261)
    model = NETWORKS[part](fields)
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
    return model


def sizes(model):
    """Scalars of all weights and running averages, and those that are trained."""
    names = [name for name in model.state_dict() if not name.endswith("num_batches_tracked")]
    state = model.state_dict()
    trained = sum(one.numel() for one in model.parameters() if one.requires_grad)
    return sum(state[name].numel() for name in names), trained
