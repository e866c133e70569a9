"""A peer that runs an ONNX file: `python -m pleurabench.engine.peer ENGINE MODEL --input FILE`."""

import argparse

from safetensors.numpy import load_file, save_file

from .serve import serve


def onnxruntime_run(options, inputs):
    import onnxruntime

    def load():
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = options.threads
        settings.inter_op_num_threads = 1
        settings.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        settings.log_severity_level = 3
        session = onnxruntime.InferenceSession(
            options.model, settings, providers=["CPUExecutionProvider"]
        )
        names = [output.name for output in session.get_outputs()]
        return lambda: dict(zip(names, session.run(None, inputs)))

    return load


def openvino_run(options, inputs):
    import openvino

    def load():
        compiled = openvino.Core().compile_model(
            options.model,
            "CPU",
            {
                "INFERENCE_PRECISION_HINT": "f32",  # bf16 by default where the processor has it
                "EXECUTION_MODE_HINT": "ACCURACY",
                "INFERENCE_NUM_THREADS": options.threads,
                "NUM_STREAMS": 1,
                "PERFORMANCE_HINT": "LATENCY",
            },
        )
        if compiled.get_property("INFERENCE_PRECISION_HINT").to_string() != "f32":
            raise SystemExit("openvino does not run in single precision")
        request = compiled.create_infer_request()
        names = [output.get_any_name() for output in compiled.outputs]
        tensors = {name: openvino.Tensor(value) for name, value in inputs.items()}

        def once():
            request.infer(tensors)
            return {name: request.get_tensor(name).data for name in names}

        return once

    return load


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("engine", choices=["onnxruntime", "openvino"])
    parser.add_argument("model")
    parser.add_argument("--input", required=True)
    parser.add_argument("--output", help="the outputs of the first run, as safetensors")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    inputs = load_file(options.input)
    load = {"onnxruntime": onnxruntime_run, "openvino": openvino_run}[options.engine]
    load = load(options, inputs)

    def loaded():
        once = load()

        def run():
            outputs = once()
            if options.output:
                save_file({k: v.copy() for k, v in outputs.items()}, options.output)
                options.output = None

        return run

    serve(loaded)


if __name__ == "__main__":
    main()
