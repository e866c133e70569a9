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

  /// A panel of three labels over both lungs, the heart and a device, and a label that the film model
  /// has as well. Thresholds are those of the labels; nil leaves a label without one.
  static func writePanel(
    to folder: String, thresholds: [Double?] = [0, 0, 1.1, 0], segmented: Bool = true
  ) throws {
    func code(_ value: String, _ meaning: String) -> ModelDescription.Code {
      .init(value: value, scheme: "SCT", meaning: meaning)
    }
    var labels: [ModelDescription.Label] = [
      .init(name: "effusion", display: "E", code: code("60046008", "Pleural effusion")),
      .init(name: "cardiomegaly", display: "C", code: code("8186001", "Cardiomegaly")),
      .init(name: "device", display: "D", code: code("49062001", "Device")),
      .init(name: "pneumothorax", display: "P", code: code("36118008", "Pneumothorax")),
    ]
    labels[1].anatomicRegion = code("80891009", "Heart")
    labels[2].category = code("260787004", "Physical object")
    for (index, threshold) in thresholds.enumerated() {
      labels[index].mapThreshold = segmented ? 0.01 : 1e-9
      labels[index].operatingPoint = threshold.map {
        .init(threshold: $0, targetSensitivity: 1)
      }
    }
    var description = ModelDescription(
      name: "findings-radiograph", version: "0", task: .classification, modalities: ["CR"],
      labels: labels, network: .vggGAP(.init(widths: [[4], [4]], outputs: 4)),
      preparation: ImagePreparation(width: 32, height: 32))
    description.map = .init(method: "grad-cam", threshold: 1e-9)
    if segmented {
      description.segmentation = .init(
        network: .uNet(.init(width: 2, depth: 2, outputs: 4)), threshold: 0.5)
    }
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
    try ModelPackage(description, parameters: parameters, second: second)
      .recordingGolden(golden, workspace: Workspace(threads: 1))
      .save(to: folder + "/" + description.name)
  }
}
