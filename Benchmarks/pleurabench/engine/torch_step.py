"""The training peer: `python -m pleurabench.engine.torch_step CASE FOLDER nchw|channels_last`.

One run is forward, loss, backward and an SGD step with momentum, eager, single precision.
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from . import networks
from .cases import STEPS
from .serve import serve

RATE, MOMENTUM = 0.01, 0.9


def main():
    name, folder, layout, threads = sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    case = next(case for case in STEPS if case.name == name)
    form = {"nchw": torch.contiguous_format, "channels_last": torch.channels_last}[layout]
    batch = load_file(folder / "batch.safetensors")

    def load():
        model, _ = networks.skeleton(case.network, case.channels, case.outputs)
        left = model.load_state_dict(load_file(folder / "weights.safetensors"), strict=False)
        if left.unexpected_keys or any("num_batches" not in key for key in left.missing_keys):
            raise SystemExit("the weights are those of another network")
        model = model.train().to(memory_format=form)
        for module in model.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0  # both sides must do the same step
        image, target = batch["image"].to(memory_format=form), batch["target"]
        optimizer = torch.optim.SGD(model.parameters(), lr=RATE, momentum=MOMENTUM)
        criterion = nn.BCEWithLogitsLoss()
        if target.dim() == 1:
            target, criterion = target.long(), nn.CrossEntropyLoss()

        def once():
            optimizer.zero_grad(set_to_none=True)
            loss = criterion(model(image), target)
            loss.backward()
            optimizer.step()
            return {"loss": loss.item()}

        return once

    serve(load)


if __name__ == "__main__":
    main()
