"""Writes what every side of a case reads: `python -m pleurabench.engine.export CASE FOLDER`.

model.onnx, model-batch8.onnx, features.onnx (with the last feature map, for errors), one input for
each, and reference.safetensors: the outputs of features.onnx in double precision by PyTorch. For a
training step: weights.safetensors and batch.safetensors.
"""

import json
import logging
import sys
import warnings
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.utils.flop_counter import FlopCounterMode

from . import networks
from .cases import NETWORKS, STEPS

OPSET = 18


def onnx(model, batch, path, names):
    """One file with its weights inside; fixed shapes, as all three engines plan best."""
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model, (batch,), str(path), input_names=["image"], output_names=names,
            opset_version=OPSET, dynamo=True, external_data=False, verbose=False,
        )  # fmt: skip


def picture(case, batch):
    generator = torch.Generator().manual_seed(networks.SEED + batch)
    return torch.randn(batch, case.channels, case.size, case.size, generator=generator)


def inference(case, folder):
    model = networks.build(case.network, case.channels, case.outputs)
    one, eight = picture(case, 1), picture(case, 8)
    name = "features" if case.network == "vgg16" else "logits"
    onnx(model, one, folder / "model.onnx", [name])
    onnx(model, eight, folder / "model-batch8.onnx", [name])
    save_file({"image": one}, folder / "input.safetensors")
    save_file({"image": eight}, folder / "input-batch8.safetensors")
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(one)
    full, names = model, [name]
    if case.network in ("resnet50-os8", "densenet121"):
        full, names = networks.WithFeatures(model), ["logits", "features"]
        onnx(full, one, folder / "features.onnx", names)
    with torch.no_grad():
        outputs = full.double()(one.double())
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    reference = {key: value.contiguous() for key, value in zip(names, outputs)}
    save_file(reference, folder / "reference.safetensors")
    return {"gflop": counter.get_total_flops() / 1e9}


def training(case, folder):
    model = networks.build(case.network, case.channels, case.outputs)
    image = picture(case, case.batch)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        logits = model(image)
    if logits.dim() == 2:
        target = (torch.arange(case.batch) % case.outputs).float()  # classes
    else:
        target = (logits > 0).flip(0).float()  # neither right nor constant
    save_file({"image": image, "target": target}, folder / "batch.safetensors")
    weights = {
        name: value.contiguous()
        for name, value in model.state_dict().items()
        if value.dtype == torch.float32
    }
    save_file(weights, folder / "weights.safetensors")
    return {"gflop": 3 * counter.get_total_flops() / 1e9}


def main():
    name, folder = sys.argv[1], Path(sys.argv[2])
    logging.disable(logging.WARNING)
    folder.mkdir(parents=True, exist_ok=True)
    for case in NETWORKS + STEPS:
        if case.name == name:
            about = inference(case, folder) if case in NETWORKS else training(case, folder)
            # written last: its presence says that the folder is complete
            (folder / "about.json").write_text(json.dumps(about))


if __name__ == "__main__":
    main()
