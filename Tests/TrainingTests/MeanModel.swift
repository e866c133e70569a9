import Graphs
import Imaging
import Networks
import Tensors

/// A network whose logit is 4 times the mean of its input, and whose map is 4 times the input.
enum MeanModel {
  static func package(
    threshold: Double, change: (inout ModelDescription) -> Void = { _ in }
  ) throws -> ModelPackage {
    let network = NetworkSpec.vggGAP(
      .init(inChannels: 1, widths: [[1]], outputs: 1, batchNorm: false))
    var kernel = Tensor(zeros: [1, 1, 3, 3])
    kernel.values[4] = 1
    var description = ModelDescription(
      name: "mean", version: "1", task: .classification, modalities: ["CR"],
      labels: [.init(name: "toy", display: "Toy")], network: network,
      preparation: ImagePreparation(
        width: 24, height: 24, normalisation: .lungMedian, low: 0.3, high: 0.7))
    description.calibration = .init(a: -1, b: 0)
    description.operatingPoint = .init(threshold: 0.5, targetSensitivity: 0.9)
    description.map = .init(method: "cam", threshold: threshold)
    change(&description)
    return try ModelPackage(
      description,
      parameters: Parameters([
        "stage0.conv0.weight": kernel, "stage0.conv0.bias": Tensor([1], [0]),
        "head.weight": Tensor([1, 1], [4]), "head.bias": Tensor([1], [0]),
      ]))
  }
}
