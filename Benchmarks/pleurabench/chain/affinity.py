"""IRNet's pairs and losses in torch (Ahn 2019), written after the published code: paths of one
length are selected at once, and pooled."""

import torch
import torch.nn.functional as F


class Pairs:
    def __init__(self, radius, rows, columns):
        ends = [(0, x) for x in range(1, radius)]
        ends += [(y, x) for y in range(1, radius) for x in range(1 - radius, radius)]
        ends = [end for end in ends if end[0] ** 2 + end[1] ** 2 < radius**2]
        paths = sorted(((self.path(*end), end) for end in ends), key=lambda one: len(one[0]))
        sources = torch.arange(rows * columns).reshape(rows, columns)
        sources = sources[: rows - radius + 1, radius - 1 : columns - radius + 1].reshape(-1)
        self.rows, self.columns = rows, columns
        self.sources = sources
        move = torch.tensor([y * columns + x for _, (y, x) in paths])
        self.ends = sources + move[:, None]
        self.ways = torch.tensor([end for _, end in paths]).float().T.reshape(2, -1, 1)
        self.groups = []
        for length in sorted({len(path) for path, _ in paths}):
            moves = [path for path, _ in paths if len(path) == length]
            moves = torch.tensor([[y * columns + x for y, x in path] for path in moves])
            self.groups.append(sources + moves[:, :, None])

    @staticmethod
    def path(down, right):
        columns = range(min(0, right), max(0, right) + 1)
        cells = [(y, x) for y in range(down + 1) for x in columns]
        return [
            (y, x) for y, x in cells if (down * x - right * y) ** 2 < down * down + right * right
        ]

    def sets(self, labels):
        """Background, foreground and different pairs of label maps [N, rows * columns]."""
        one = labels[:, self.sources].unsqueeze(1)
        other = labels[:, self.ends.reshape(-1)].reshape(len(labels), *self.ends.shape)
        known = (one != 255) & (other != 255)
        equal = known & (one == other)
        return [s.float() for s in (equal & (one == 0), equal & (one > 0), known & (one != other))]

    def boundaries(self, edge):
        """The largest probability on each path: [N, directions, sources]."""
        edge, parts = edge.reshape(len(edge), -1), []
        for group in self.groups:
            path = torch.index_select(edge, 1, group.reshape(-1))
            path = path.reshape(len(edge), *group.shape)
            parts.append(F.max_pool2d(path, (group.shape[1], 1)).squeeze(2))
        return torch.cat(parts, 1)

    def loss(self, edge, field, labels):
        background, foreground, different = self.sets(labels)
        boundary = self.boundaries(torch.sigmoid(edge))
        together, apart = -torch.log(1 - boundary + 1e-5), -torch.log(boundary + 1e-5)

        def mean(values, pairs, terms=1):
            return (values * pairs).sum() / (terms * pairs.sum() + 1e-5)

        affinity = (mean(together, background) + mean(together, foreground)) / 2
        affinity = affinity + mean(apart, different)
        field = field.reshape(len(field), 2, -1)
        ends = torch.index_select(field, 2, self.ends.reshape(-1))
        ends = ends.reshape(len(field), 2, *self.ends.shape)
        moved = torch.index_select(field, 2, self.sources).unsqueeze(2) - ends
        inside = mean((moved - self.ways).abs().sum(1), foreground, 2)
        outside = mean(moved.abs().sum(1), background, 2)
        return (affinity + inside + outside) / 2
