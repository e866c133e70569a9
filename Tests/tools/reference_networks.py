"""Networks in PyTorch that its libraries lack, in a few lines from their papers.

Names of parameters are those that Sources/Networks gives them. VGG with dilation, nodule
activation maps (Feng 2017), ResNet with more convolutions (Viniavskyi 2020), the classic U-Net
(Ronneberger 2015), the decomposition and its critic (Yang 2021), Ciga and Martel 2021, DeepLabv3+
in its dense form (Chen 2018), IRNet (Ahn 2019).
"""
import torch
import torchvision
from torch import nn
from torch.nn import functional as F
from torchvision.models.segmentation import deeplabv3 as torch_deeplab


class VGG(nn.Module):
    """VGG's convolutions under torchvision's numbers, with what the three users need."""

    def __init__(self, blocks, norm=False, extra=(), outputs=0, channels=3):
        super().__init__()
        layers = []
        self.ends = []
        for widths, dilation, pool in blocks:
            for width in widths:
                layers.append(nn.Conv2d(channels, width, 3, padding=dilation, dilation=dilation))
                layers += [nn.BatchNorm2d(width)] * norm + [nn.ReLU()]
                channels = width
            self.ends.append(len(layers) - 1)
            if pool:
                layers.append(nn.MaxPool2d(*pool))
        self.features = nn.Sequential(*layers)
        convs = []
        for width in extra:
            convs += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
            channels = width
        self.extra_convs = nn.Sequential(*convs)
        if outputs:
            self.classifier = nn.Linear(channels, outputs)

    def forward(self, x):
        x = self.extra_convs(self.features(x))
        return self.classifier(x.mean((2, 3))) if hasattr(self, "classifier") else x


HALF, KEEP = (2, 2), (3, 1, 1)
WIDTHS = [[64] * 2, [128] * 2, [256] * 3, [512] * 3, [512] * 3]
MAP = [(w, 1, HALF) for w in WIDTHS[:4]] + [(WIDTHS[4], 1, None)]


def dilated(by=1):
    w = [[c // by for c in row] for row in WIDTHS]
    return [(w[0], 1, HALF), (w[1], 1, HALF), (w[2], 1, HALF), (w[3], 1, KEEP), (w[4], 2, None)]


class NAM(VGG):
    def __init__(self, scales):
        super().__init__(MAP)
        self.scales = range(5, 5 - scales, -1)
        self.nam = nn.ModuleDict(
            {str(b): nn.Conv2d(WIDTHS[b - 1][-1], 512, 3, padding=1) for b in self.scales})
        self.classifier = nn.Linear(512 * scales, 2)

    def forward(self, x):
        maps = []
        for index, layer in enumerate(self.features):
            x = layer(x)
            if index in self.ends:
                maps.append(x)
        means = [F.relu(self.nam[str(b)](maps[b - 1])).mean((2, 3)) for b in self.scales]
        return self.classifier(torch.cat(means, 1))


class ResNetExtra(nn.Module):
    """Dilated ResNet-50 with three convolutions; names of the trunk without a prefix."""

    def __init__(self):
        super().__init__()
        trunk = torchvision.models.resnet50(
            weights=None, replace_stride_with_dilation=[False, True, True])
        for name, child in list(trunk.named_children())[:8]:
            self.add_module(name, child)
        self.trunk = list(trunk.named_children())[:8]
        self.extra_convs = nn.Sequential(
            nn.Conv2d(2048, 512, 3, padding=1), nn.ReLU(), nn.Conv2d(512, 512, 3, padding=1),
            nn.ReLU(), nn.Conv2d(512, 512, 3, padding=1), nn.ReLU())
        self.fc = nn.Linear(512, 1)

    def forward(self, x):
        for _, layer in self.trunk:
            x = layer(x)
        return self.fc(self.extra_convs(x).mean((2, 3)))


class ClassicUNet(nn.Module):
    def __init__(self, widths):
        super().__init__()
        before = 1
        for level, width in enumerate(widths):
            self.add_module(f"down{level}", self.pair(before, width))
            before = width
        for level in range(len(widths) - 1):
            block = self.pair(2 * widths[level], widths[level])
            block.up = nn.ConvTranspose2d(widths[level + 1], widths[level], 2, stride=2)
            self.add_module(f"up{level}", block)
        self.head = nn.Conv2d(widths[0], 1, 1)
        self.depth = len(widths)

    @staticmethod
    def pair(i, o):
        block = nn.Module()
        block.conv0 = nn.Conv2d(i, o, 3, padding=1)
        block.conv1 = nn.Conv2d(o, o, 3, padding=1)
        return block

    @staticmethod
    def run(block, x):
        return F.relu(block.conv1(F.relu(block.conv0(x))))

    def forward(self, x):
        skips = []
        for level in range(self.depth):
            x = self.run(getattr(self, f"down{level}"), F.max_pool2d(x, 2) if level else x)
            skips.append(x)
        for level in reversed(range(self.depth - 1)):
            block = getattr(self, f"up{level}")
            x = self.run(block, torch.cat([skips[level], block.up(x)], 1))
        return self.head(x)


class Decomposition(nn.Module):
    def __init__(self, widths, shared):
        super().__init__()
        self.down_convs = nn.ModuleList()
        before = 1
        for width in widths:
            block = self.block(before, width)
            if width != widths[-1]:
                block.pool = nn.Conv2d(width, width, 3, stride=2, padding=1)
            self.down_convs.append(block)
            before = width
        self.parts = ["normal", "lesion"]
        self.decoders = ["up_convs"] * 2 if shared else ["up_convs_" + p for p in self.parts]
        for name in dict.fromkeys(self.decoders):
            ups = nn.ModuleList()
            for level in reversed(range(len(widths) - 1)):
                block = self.block(2 * widths[level], widths[level])
                block.upconv = nn.ConvTranspose2d(widths[level + 1], widths[level], 2, stride=2)
                ups.append(block)
            self.add_module(name, ups)
        for part in self.parts:
            self.add_module("conv_final_" + part, nn.Conv2d(widths[0], 1, 1))

    @staticmethod
    def block(i, o):
        block = nn.Module()
        block.conv1 = nn.Conv2d(i, o, 3, padding=1)
        block.conv2 = nn.Conv2d(o, o, 3, padding=1)
        return block

    def forward(self, x):
        def run(block, x):
            return F.relu(block.conv2(F.relu(block.conv1(x))))
        skips = []
        for block in self.down_convs:
            x = run(block, x)
            skips.append(x)
            x = block.pool(x) if hasattr(block, "pool") else x
        result = {}
        for part, name in zip(self.parts, self.decoders):
            y = x
            for block, skip in zip(getattr(self, name), skips[-2::-1]):
                y = run(block, torch.cat([block.upconv(y), skip], 1))
            result[part] = torch.tanh(getattr(self, "conv_final_" + part)(y))
        return result


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList()
        before = 1
        for index, width in enumerate([64, 128, 256, 512, 512, 512, 512]):
            block = nn.Module()
            block.conv = nn.Conv2d(before, width, 3, stride=2 if index < 4 else 1, padding=1)
            block.bn = nn.BatchNorm2d(width)
            self.blocks.append(block)
            before = width
        self.linear = nn.Linear(64 + 512 + 512, 1)

    def forward(self, x):
        means = []
        for index, block in enumerate(self.blocks):
            x = F.leaky_relu(block.bn(block.conv(x)), 0.2)
            if index in (0, 3, 6):
                means.append(x.mean((2, 3)))
        return self.linear(torch.cat(means, 1))


class Ciga(nn.Module):
    """As in the authors' code; tiles by maxima or, as in another of their programs, two layers."""

    def __init__(self, outputs, perceptron=False):
        super().__init__()
        self.perceptron = perceptron
        if perceptron:
            self.classifier = nn.Sequential(
                nn.Linear(64 * outputs, 16 * outputs), nn.ReLU(),
                nn.Linear(16 * outputs, outputs))
        self.encoder = nn.Module()
        for name, child in list(torchvision.models.resnet18(weights=None).named_children())[:7]:
            self.encoder.add_module(name, child)
        self.decoder = nn.Module()
        self.decoder.conv1 = nn.Conv2d(256, 64, 3, padding=1, bias=False)
        self.decoder.bn1 = nn.BatchNorm2d(64)
        self.decoder.conv_last = nn.Conv2d(64, outputs, 1)

    def forward(self, image):
        x = image
        for layer in self.encoder.children():
            x = layer(x)
        x = F.relu(self.decoder.bn1(self.decoder.conv1(x)))
        x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
        return self.answers(image, self.decoder.conv_last(x))

    def answers(self, image, low):
        tile = self.classifier(F.adaptive_max_pool2d(low, 8).flatten(1)) if self.perceptron \
            else F.adaptive_max_pool2d(low, 1).flatten(1)
        return {
            "low.logits": low, "logits": F.interpolate(low, size=image.shape[2:]),
            "tile.logits": tile}


class UnpoolingCiga(Ciga):
    """Our reading of the paper: the whole trunk, and up again to the stem by its indices."""

    def __init__(self, outputs):
        super().__init__(outputs)
        self.encoder.layer4 = torchvision.models.resnet18(weights=None).layer4
        self.encoder.maxpool.return_indices = True
        self.decoder = nn.Module()
        before = 512
        for index, width in enumerate([256, 128, 64, 64]):
            conv = nn.Conv2d(before, width, 3, padding=1, bias=False)
            self.decoder.add_module(f"conv{index + 1}", conv)
            self.decoder.add_module(f"bn{index + 1}", nn.BatchNorm2d(width))
            before = width
        self.decoder.conv_last = nn.Conv2d(64, outputs, 1)

    def forward(self, image):
        x = image
        for name, layer in self.encoder.named_children():
            if name == "maxpool":
                stem = x.shape
                x, places = layer(x)
            else:
                x = layer(x)
        for index in range(1, 5):
            if index < 4:
                x = F.interpolate(x, scale_factor=2)
            else:
                x = F.max_unpool2d(x, places, 3, 2, 1, output_size=stem[2:])
            conv = getattr(self.decoder, f"conv{index}")
            x = F.relu(getattr(self.decoder, f"bn{index}")(conv(x)))
        return self.answers(image, self.decoder.conv_last(x))


class DenseDeepLab(nn.Module):
    """DeepLabv3+ in VainF's form."""

    def __init__(self, outputs, rates):
        super().__init__()
        trunk = torchvision.models.resnet50(
            weights=None, replace_stride_with_dilation=[False, True, True])
        self.backbone = nn.Module()
        for name, child in list(trunk.named_children())[:8]:
            self.backbone.add_module(name, child)
        head = self.classifier = nn.Module()
        head.project = nn.Sequential(
            nn.Conv2d(256, 48, 1, bias=False), nn.BatchNorm2d(48), nn.ReLU())
        head.aspp = torch_deeplab.ASPP(2048, rates)
        head.classifier = nn.Sequential(
            nn.Conv2d(304, 256, 3, padding=1, bias=False), nn.BatchNorm2d(256), nn.ReLU(),
            nn.Conv2d(256, outputs, 1))

    def forward(self, image):
        x = image
        for name, layer in self.backbone.named_children():
            x = layer(x)
            if name == "layer1":
                low = self.classifier.project(x)
        up = F.interpolate(
            self.classifier.aspp(x), size=low.shape[2:], mode="bilinear", align_corners=False)
        x = self.classifier.classifier(torch.cat([low, up], 1))
        return F.interpolate(x, size=image.shape[2:], mode="bilinear", align_corners=False)


class IRNet(nn.Module):
    def __init__(self):
        super().__init__()
        trunk = torchvision.models.resnet50(weights=None)
        trunk.layer4[0].conv2.stride = trunk.layer4[0].downsample[0].stride = (1, 1)
        self.resnet50 = nn.Module()
        for name, child in list(trunk.named_children())[:8]:
            self.resnet50.add_module(name, child)

        def head(i, o, groups, scale=1):
            up = [nn.Upsample(scale_factor=scale, mode="bilinear", align_corners=False)]
            return nn.Sequential(
                nn.Conv2d(i, o, 1, bias=False), nn.GroupNorm(groups, o), *up * (scale > 1),
                nn.ReLU())
        widths = [64, 256, 512, 1024, 2048]
        for index, (width, scale) in enumerate(zip(widths, [1, 1, 2, 4, 4])):
            self.add_module(f"fc_edge{index + 1}", head(width, 32, 4, scale))
        self.fc_edge6 = nn.Conv2d(160, 1, 1)
        for index, (i, o, groups, scale) in enumerate([
                (64, 64, 8, 1), (256, 128, 16, 1), (512, 256, 16, 1), (1024, 256, 16, 2),
                (2048, 256, 16, 2), (768, 256, 16, 2), (448, 256, 16, 1)]):
            self.add_module(f"fc_dp{index + 1}", head(i, o, groups, scale))
        self.fc_dp7.add_module("3", nn.Conv2d(256, 2, 1, bias=False))
        self.mean_shift = nn.Module()
        self.mean_shift.register_buffer("running_mean", torch.zeros(2))

    def forward(self, x):
        maps = []
        for name, layer in self.resnet50.named_children():
            x = layer(x)
            if name == "maxpool" or name.startswith("layer"):
                maps.append(x)
        edge = torch.cat([getattr(self, f"fc_edge{k + 1}")(m) for k, m in enumerate(maps)], 1)
        dp = [getattr(self, f"fc_dp{k + 1}")(m) for k, m in enumerate(maps)]
        up = self.fc_dp6(torch.cat(dp[2:], 1))
        field = self.fc_dp7(torch.cat([dp[0], dp[1], up], 1))
        return {
            "edge": self.fc_edge6(edge),
            "displacement": field - self.mean_shift.running_mean.view(1, 2, 1, 1)}
