"""Benchmarks of the engine against ONNX Runtime, OpenVINO and PyTorch; see README.md."""
