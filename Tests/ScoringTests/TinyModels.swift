import Foundation
import Networks
import Tensors

/// Untrained model packages with the names that scoring wants: what they say means nothing, that
/// they say it again the same is what the tests are about.
enum TinyModels {
  /// `segmentation` becomes the second network of both classifiers.
  static func write(
    to folder: String, threshold: Double = 0, segmentation: ModelDescription.Segmentation? = nil,
    experimental: Bool? = nil
  ) throws {
    for (name, label, modality) in [
      ("pneumothorax", "pneumothorax", "CR"), ("lesion-ct", "lesion", "CT"),
    ] {
      var description = classifier(
        name, label: label, modality: modality, threshold, segmentation)
      description.experimental = experimental
      try save(description, folder)
    }
    let network = NetworkSpec.uNet(.init(width: 2, depth: 2))
    let description = ModelDescription(
      name: "lungs-radiograph", version: "0", task: .segmentation, modalities: ["CR"],
      labels: [.init(name: "lung", display: "Lung")], network: network,
      preparation: ImagePreparation(width: 32, height: 32))
    try save(description, folder)
  }

  private static func classifier(
    _ name: String, label: String, modality: String, _ threshold: Double,
    _ segmentation: ModelDescription.Segmentation?
  ) -> ModelDescription {
    var description = ModelDescription(
      name: name, version: "0", task: .classification, modalities: [modality],
      labels: [.init(name: label, display: label)],
      network: .vggGAP(.init(widths: [[4], [4]])),
      preparation: ImagePreparation(width: 32, height: 32))
    description.calibration = .init(a: -1, b: 0)
    description.operatingPoint = .init(threshold: threshold, targetSensitivity: 1)
    description.map = .init(method: "grad-cam", threshold: 1e-9)
    description.segmentation = segmentation
    return description
  }

  private static func save(_ description: ModelDescription, _ folder: String) throws {
    let parameters = try description.network.initialParameters(seed: 7)
    let golden = Tensor(zeros: [1, 1, 32, 32])
    let second = try description.segmentation?.network.initialParameters(seed: 8)
    try ModelPackage(description, parameters: parameters, segmentation: second)
      .recordingGolden(golden, workspace: Workspace(threads: 1))
      .save(to: folder + "/" + description.name)
  }
}
