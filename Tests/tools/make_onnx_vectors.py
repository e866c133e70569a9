#!/usr/bin/env python3
"""Make the small ONNX models of Tests/GraphsTests/Vectors, with inputs and outputs.

usage: Tests/tools/make_onnx_vectors.py [FOLDER]

Needs torch, onnx, onnxscript, onnxruntime and safetensors. Each model is exported by PyTorch, by the
TorchScript exporter and by the dynamo exporter, or written with onnx.helper where PyTorch does not
write an operator. `NAME.safetensors` holds the tensors of the model's inputs and, as ONNX Runtime
computes them, outputs, under their names. `index.json` lists per model the opset and the operators.
"""
import json
import logging
import pathlib
import sys
import warnings

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file
from torch import nn

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
ROOT = pathlib.Path(__file__).resolve().parents[1] / "GraphsTests" / "Vectors"
LIMIT = 30_000


class Convolutions(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(2, 8, 3, stride=2, padding=1)
        self.grouped = nn.Conv2d(8, 8, 3, padding=2, dilation=2, groups=4, bias=False)
        self.depthwise = nn.Conv2d(8, 8, 3, padding=1, groups=8)
        self.linear = nn.Linear(8, 3)

    def forward(self, x):
        x = F.leaky_relu(self.first(x), 0.2)
        x = F.max_pool2d(F.relu6(self.grouped(x)), 3, 2, 0, ceil_mode=True)
        x = F.avg_pool2d(self.depthwise(x), 3, 2, 1)
        return self.linear(F.dropout(F.adaptive_avg_pool2d(x, 1).flatten(1), 0.5, self.training))


class ClassicUNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(1, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU())
        self.deep = nn.Sequential(nn.Conv2d(6, 12, 3, padding=1), nn.BatchNorm2d(12), nn.ReLU())
        self.up = nn.ConvTranspose2d(12, 6, 2, 2)
        self.odd = nn.ConvTranspose2d(12, 4, 3, 2, 1, output_padding=1, groups=2, bias=False)
        self.head = nn.Conv2d(12, 2, 1)

    def forward(self, x):
        a = self.down(x)
        b = self.deep(F.max_pool2d(a, 2))
        return torch.sigmoid(self.head(torch.cat([a, self.up(b)], 1))), self.odd(b)


class Excitation(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Conv2d(3, 8, 3, padding=1)
        self.squeeze = nn.Conv2d(8, 2, 1)
        self.excite = nn.Conv2d(2, 8, 1)

    def forward(self, x):
        x = self.body(x)
        scale = x.mean((2, 3), keepdim=True)
        return F.relu(x * torch.sigmoid(self.excite(F.relu(self.squeeze(scale)))) + x)


class Dense(nn.Module):
    """Normalisation before convolution, so that no exporter folds it away."""

    def __init__(self):
        super().__init__()
        self.norms = nn.ModuleList([nn.BatchNorm2d(3 + 4 * i, eps=1e-3) for i in range(3)])
        self.convs = nn.ModuleList([nn.Conv2d(3 + 4 * i, 4, 3, padding=1) for i in range(3)])

    def forward(self, x):
        for norm, conv in zip(self.norms, self.convs):
            x = torch.cat([x, conv(F.relu(norm(x)))], 1)
        return F.avg_pool2d(x, 2)


class Resizes(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.UpsamplingBilinear2d(scale_factor=2)
        self.conv = nn.Conv2d(2, 2, 3, stride=2, padding=1)

    def forward(self, x):
        small = self.conv(x)
        a = F.interpolate(small, scale_factor=2, mode="nearest")
        b = F.interpolate(small, size=x.shape[-2:], mode="bilinear", align_corners=False)
        return a + b, self.up(small), F.interpolate(x, size=(5, 3), mode="nearest")


class Atrous(nn.Module):
    """The parts of DeepLabv3+: atrous and separable convolutions, image pooling, two resizes."""

    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU())
        self.one = nn.Conv2d(8, 4, 1)
        self.wide = nn.Sequential(nn.Conv2d(8, 8, 3, padding=6, dilation=6, groups=8, bias=False),
                                  nn.Conv2d(8, 4, 1), nn.BatchNorm2d(4), nn.ReLU())
        self.image = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 4, 1), nn.ReLU())
        self.drop = nn.Dropout(0.5)
        self.head = nn.Conv2d(12, 2, 1)

    def forward(self, x):
        y = self.trunk(x)
        image = F.interpolate(self.image(y), size=y.shape[-2:], mode="bilinear", align_corners=False)
        z = self.drop(torch.cat([self.one(y), self.wide(y), image], 1))
        return F.interpolate(self.head(z), size=x.shape[-2:], mode="bilinear", align_corners=True)


class Arithmetic(nn.Module):
    def forward(self, x, y):
        a = torch.sqrt(torch.abs(x) + 0.5) - torch.exp(-y) / 3
        b = torch.log(x * x + 1) * torch.tanh(y) + F.softplus(x) + x ** 3
        c = torch.clamp(a, -0.5, 0.75) + (x - y).pow(2).sum((2, 3), keepdim=True)
        return torch.softmax(b, 1), F.log_softmax(c, -1), (x / (y.abs() + 1)).mean(1), torch.minimum(
            torch.maximum(x, y), x * 2)


class Shapes(nn.Module):
    def forward(self, x):
        a = x.reshape(x.size(0), -1)
        b = x.permute(0, 2, 3, 1)[:, :, 1:, :2]
        c = F.pad(x, (1, 2, 0, 3))
        d = x[:, 1].unsqueeze(-1).squeeze(-1).transpose(1, 2)
        e = x.view(x.shape[0], x.shape[1] // 2, 2, x.shape[2], x.shape[3]).mean((3, 4))
        return a, b, c, d, torch.flatten(e, 1), x[:, 0:1].expand(-1, 3, -1, -1)


class Norms(nn.Module):
    def __init__(self):
        super().__init__()
        self.group = nn.GroupNorm(2, 4)
        self.instance = nn.InstanceNorm2d(4, affine=True)

    def forward(self, x):
        return self.group(x) + self.instance(x * 2)


def shuffle(module):
    """Numbers other than the initial ones in every parameter and running average."""
    generator = torch.Generator().manual_seed(7)
    for name, tensor in list(module.named_parameters()) + list(module.named_buffers()):
        if not tensor.is_floating_point():
            continue
        noise = torch.rand(tensor.shape, generator=generator)
        positive = "running_var" in name or (tensor.ndim == 1 and "weight" in name)
        tensor.data = noise + 0.5 if positive else (noise - 0.5) * (0.6 if tensor.ndim > 1 else 1)
    return module.eval()


TORCH = {
    "convolutions": (Convolutions, [(2, 2, 17, 16)]),
    "classic-unet": (ClassicUNet, [(1, 1, 8, 12)]),
    "excitation": (Excitation, [(2, 3, 6, 5)]),
    "dense": (Dense, [(1, 3, 8, 8)]),
    "resizes": (Resizes, [(1, 2, 8, 12)]),
    "atrous": (Atrous, [(1, 3, 16, 16)]),
    "arithmetic": (Arithmetic, [(2, 3, 4, 5), (2, 3, 4, 5)]),
    "shapes": (Shapes, [(2, 4, 3, 5)]),
    "norms": (Norms, [(2, 4, 5, 6)]),
}


def export(name, folder, dynamo, opset, dynamic):
    make, shapes = TORCH[name]
    module = shuffle(make())
    generator = torch.Generator().manual_seed(3)
    inputs = [torch.rand(shape, generator=generator) * 2 - 1 for shape in shapes]
    names = [f"x{i}" for i in range(len(inputs))]
    how = "dynamo" if dynamo else "script"
    path = folder / f"{name}-{how}-{opset}{'-dynamic' if dynamic else ''}.onnx"
    options = {"input_names": names, "opset_version": opset, "dynamo": dynamo}
    if dynamo:
        if dynamic:
            options["dynamic_shapes"] = [{0: torch.export.Dim("batch")} for _ in inputs]
        torch.onnx.export(module, tuple(inputs), path, external_data=False, verbose=False,
                          optimize=True, **options)
    else:
        # Normalisation stays as it is in one of the opsets.
        training = torch.onnx.TrainingMode.PRESERVE if opset == 13 else torch.onnx.TrainingMode.EVAL
        if dynamic:
            options["dynamic_axes"] = {n: {0: "batch", 2: "height", 3: "width"} for n in names}
        torch.onnx.export(module, tuple(inputs), path, training=training, **options)
    model = onnx.load(path)
    strip(model)
    onnx.save(model, path)
    record(path, {n: x.numpy() for n, x in zip(names, inputs)})
    outputs = module(*inputs)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    session = onnxruntime.InferenceSession(str(path))
    for ours, theirs in zip(outputs, session.run(None, {n: x.numpy() for n, x in zip(names, inputs)})):
        np.testing.assert_allclose(ours.detach().numpy(), theirs, rtol=1e-4, atol=1e-5)


def strip(model):
    """Drops what only explains: source lines, shapes between nodes, descriptions."""
    del model.metadata_props[:], model.graph.metadata_props[:], model.graph.value_info[:]
    model.doc_string = model.graph.doc_string = ""
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in list(model.graph.input) + list(model.graph.output) + list(model.graph.initializer):
        del value.metadata_props[:]
        value.doc_string = ""


def hand(folder, name, opset, nodes, inputs, outputs, constants=None, ir=8):
    """A model of nodes written as (operator, inputs or "-", outputs, attributes)."""
    generator = np.random.default_rng(11)
    graph = helper.make_graph(
        [helper.make_node(op, ["" if n == "-" else n for n in i.split()], o.split(), **a)
         for op, i, o, a in nodes], "hand",
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in inputs.items()],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in outputs.split()],
        [numpy_helper.from_array(np.asarray(v), n) for n, v in (constants or {}).items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir)
    path = folder / f"{name}-hand-{opset}.onnx"
    onnx.save(model, path)
    record(path, {n: generator.uniform(-1, 1, s).astype(np.float32) for n, s in inputs.items()})


def record(path, inputs):
    session = onnxruntime.InferenceSession(str(path))
    names = [o.name for o in session.get_outputs()]
    tensors = dict(inputs)
    tensors.update(zip(names, session.run(names, inputs)))
    # Not ascontiguousarray, which makes scalars lists.
    tensors = {name: np.array(tensor, order="C") for name, tensor in tensors.items()}
    save_file(tensors, path.with_suffix(".safetensors"))
    assert path.stat().st_size < LIMIT and path.with_suffix(".safetensors").stat().st_size < LIMIT, path


def f32(*shape):
    return np.random.default_rng(sum(shape)).uniform(-1, 1, shape).astype(np.float32)


def i64(*values):
    return np.array(values, np.int64)


def by_hand(folder):
    hand(folder, "windows", 13, [
        ("Conv", "x w", "a", {"auto_pad": "SAME_UPPER", "strides": [2, 2]}),
        ("Conv", "x w", "b", {"pads": [0, 1, 2, 1]}),
        ("Conv", "x w", "c", {"auto_pad": "VALID"}),
        ("AveragePool", "x", "d", {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1],
                                   "count_include_pad": 1}),
        ("AveragePool", "x", "e", {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}),
        ("AveragePool", "x", "f", {"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1}),
        ("GlobalMaxPool", "x", "g", {}),
        ("MaxPool", "x", "h", {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1}),
    ], {"x": [1, 2, 6, 6]}, "a b c d e f g h", {"w": f32(3, 2, 3, 3)})
    hand(folder, "products", 13, [
        ("Gemm", "x w c", "a", {"alpha": 0.5, "beta": 2.0, "transA": 1, "transB": 1}),
        ("Gemm", "x v", "b", {"transA": 1}),
        ("MatMul", "y w2", "d", {}),
        ("Identity", "a", "e", {}),
        ("Neg", "b", "f", {}),
        ("Reciprocal", "z", "g", {}),
        ("Sum", "z z z", "h", {}),
    ], {"x": [4, 3], "y": [2, 3, 4], "z": [2, 2]}, "d e f g h",
        {"w": f32(5, 4), "v": f32(4, 2), "c": f32(5), "w2": f32(4, 3)})
    hand(folder, "reductions", 13, [
        ("ReduceMean", "x", "a", {"axes": [-1, 1]}),
        ("ReduceMean", "x", "b", {"keepdims": 0}),
        ("ReduceSum", "x axes", "c", {"keepdims": 0}),
        ("ReduceSum", "x", "d", {"noop_with_empty_axes": 1}),
        ("Softmax", "x", "e", {}),
        ("LogSoftmax", "x", "f", {"axis": 0}),
        ("GlobalAveragePool", "x", "g", {}),
    ], {"x": [2, 3, 4, 5]}, "a b c d e f g", {"axes": i64(0, 2)})
    hand(folder, "reductions", 18, [
        ("ReduceMean", "x axes", "a", {}),
        ("ReduceMean", "x axes", "b", {"keepdims": 0}),
        ("ReduceSum", "x", "c", {}),
    ], {"x": [2, 3, 4, 5]}, "a b c", {"axes": i64(2, 3)})
    by_hand_folding(folder)
    hand(folder, "selections", 16, [
        ("Less", "x y", "l", {}),
        ("Cast", "l", "a", {"to": TensorProto.FLOAT}),
        ("Where", "l x y", "b", {}),
        ("Cast", "a", "again", {"to": TensorProto.BOOL}),
        ("Where", "again y z", "c", {}),
        ("Sign", "x", "d", {}),
        ("Slice", "x last first axis last", "e", {}),
        ("Gather", "x list", "f", {"axis": 1}),
        ("ReduceMax", "x", "g", {"axes": [0, -1], "keepdims": 1}),
        ("ReduceMax", "x", "h", {"keepdims": 0}),
        ("MatMul", "x t", "i", {}),
    ], {"x": [2, 3, 4], "y": [2, 3, 4], "t": [2, 4, 5]}, "a b c d e f g h i",
        {"z": np.array(0, np.float32), "last": i64(-1), "first": i64(-2 ** 63), "axis": i64(2),
         "list": i64(2, 0, -1, 2)})
    hand(folder, "group", 21, [
        ("GroupNormalization", "x s b", "a", {"num_groups": 2, "epsilon": 1e-3}),
        ("InstanceNormalization", "x s b", "c", {}),
    ], {"x": [2, 4, 3, 5]}, "a c", {"s": f32(4), "b": f32(4)}, ir=10)
    hand(folder, "resizes", 19, [
        ("Resize", "x - scales", "a", {"mode": "nearest", "coordinate_transformation_mode": "asymmetric",
                                      "nearest_mode": "floor"}),
        ("Resize", "x - - sizes", "b", {"mode": "linear", "coordinate_transformation_mode": "align_corners"}),
        ("Resize", "x - - sizes", "c", {"mode": "linear",
                                      "coordinate_transformation_mode": "pytorch_half_pixel"}),
        ("Resize", "x - - plane", "d", {"mode": "linear", "axes": [2, 3]}),
        ("Resize", "x - scales", "e", {"mode": "nearest"}),
        ("Resize", "x - - plane", "f", {"mode": "nearest", "axes": [2, 3],
                                      "coordinate_transformation_mode": "asymmetric",
                                      "nearest_mode": "floor"}),
    ], {"x": [1, 2, 4, 6]}, "a b c d e f",
        {"scales": np.array([1, 1, 2, 2], np.float32), "sizes": i64(1, 2, 9, 7), "plane": i64(3, 11)}, ir=9)


def by_hand_folding(folder):
    """Shape computations, as exporters write them around resizes and reshapes."""
    zero = numpy_helper.from_array(i64(0))
    hand(folder, "folding", 17, [
        ("Shape", "x", "s", {"start": 2}),
        ("Cast", "s", "sf", {"to": TensorProto.FLOAT}),
        ("Constant", "", "half", {"value_float": 0.5}),
        ("Mul", "sf half", "m", {}),
        ("Floor", "m", "fl", {}),
        ("Cast", "fl", "plane", {"to": TensorProto.INT64}),
        ("Shape", "x", "all", {}),
        ("Slice", "all zeros twos zeros", "lead", {}),
        ("Concat", "lead plane", "sizes", {"axis": 0}),
        ("Resize", "x - - sizes", "a", {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}),
        ("Gather", "all one", "n1", {"axis": 0}),
        ("Constant", "", "three", {"value_int": 3}),
        ("Mul", "n1 three", "n3", {}),
        ("Div", "n3 three", "n4", {}),
        ("Add", "n4 three", "n5", {}),
        ("Sub", "n5 three", "n6", {}),
        ("Unsqueeze", "n6 zeros", "n7", {}),
        ("Constant", "", "rest", {"value_ints": [-1]}),
        ("Concat", "n7 rest", "to", {"axis": 0}),
        ("Reshape", "x to", "b", {}),
        ("ConstantOfShape", "all", "ones", {"value": numpy_helper.from_array(np.array([2], np.float32))}),
        ("Add", "x ones", "c", {}),
        ("ConstantOfShape", "two1", "pz", {"value": zero}),
        ("Concat", "pz two1 pz pz two1", "unused", {"axis": 0}),
        ("Pad", "x pads", "d", {}),
        ("Constant", "", "seven", {"value_float": 7.0}),
        ("Pad", "x pads seven", "s_", {}),
        ("Expand", "y all", "e", {}),
        ("Squeeze", "y zeros", "f", {}),
        ("Gather", "x one", "g", {"axis": 1}),
        ("Constant", "", "list", {"value_floats": [1.0, 2.0]}),
        ("Mul", "y2 list", "h", {}),
        ("Equal", "n1 one", "eq", {}),
        ("Where", "eq n1 three", "wh", {}),
        ("Unsqueeze", "wh zeros", "wh1", {}),
        ("Concat", "wh1 rest", "to2", {"axis": 0}),
        ("Reshape", "x to2", "i", {}),
        ("Split", "x parts", "j k", {"axis": 1}),
        ("Ceil", "m", "ce", {}),
        ("Sqrt", "ce", "unused2", {}),
        ("Range", "zero two three", "range", {}),
        ("Slice", "x range_a range_b range_c", "l", {}),
        ("Dropout", "x", "p", {}),
        ("Flatten", "x", "q", {"axis": 3}),
        ("Transpose", "x", "r", {}),
    ], {"x": [3, 3, 4, 6], "y": [1, 3, 1, 1], "y2": [2, 2]}, "a b c d e f g h i j k l p q r s_",
        {"zeros": i64(0), "twos": i64(2), "one": np.array(1, np.int64), "two1": i64(2),
         "pads": i64(0, 0, 1, -1, 0, 0, 2, 0), "parts": i64(1, 2), "zero": np.array(0, np.int64),
         "two": np.array(2, np.int64), "range_a": i64(-3), "range_b": i64(2 ** 62), "range_c": i64(3)})


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT
    folder.mkdir(parents=True, exist_ok=True)
    for name in TORCH:
        export(name, folder, False, 13, False)
        export(name, folder, False, 17, True)
        export(name, folder, True, 18, False)
        export(name, folder, True, 21, name != "resizes")
    by_hand(folder)
    index = {}
    for path in sorted(folder.glob("*.onnx")):
        model = onnx.load(path)
        index[path.stem] = {"opset": model.opset_import[0].version,
                            "operators": sorted({n.op_type for n in model.graph.node})}
    (folder / "index.json").write_text(json.dumps(index, indent=1, sort_keys=True) + "\n")


main()
