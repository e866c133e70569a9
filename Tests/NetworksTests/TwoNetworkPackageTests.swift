import Foundation
import Graphs
import Imaging
import Networks
import Tensors
import Testing

/// Model packages that hold a segmentation network beside the classifier.
@Suite struct TwoNetworkPackageTests {
  private let folder = FileManager.default.temporaryDirectory.path + "/pleura-\(UUID().uuidString)"
  private static let segmenter = NetworkSpec.uNet(.init(width: 2, depth: 2))

  private static func package(
    _ change: (inout ModelDescription) -> Void = { _ in }
  ) throws -> ModelPackage {
    let spec = NetworkTests.plain
    var description = ModelDescription(
      name: "two", version: "1.0.0", task: .classification, modalities: ["DX"],
      labels: [.init(name: "pneumothorax", display: "Pneumothorax")],
      network: spec, preparation: ImagePreparation(width: 16, height: 12))
    description.segmentation = .init(
      network: segmenter, threshold: 0.4, thresholdSource: "image-level-validation",
      smallestShare: 0.002, leastMeanProbability: 0.6,
      averaging: MapAveraging(scales: [1, 0.5], flip: true))
    change(&description)
    return try ModelPackage(
      description, parameters: NetworkTests.parameters(spec),
      second: segmenter.initialParameters(seed: 4)
    ).recordingGolden(
      NetworkTests.image([2, 1, 12, 16], seed: 1), workspace: Workspace(threads: 1))
  }

  private func code(_ body: () throws -> Void) -> ModelError.Code? {
    do {
      try body()
      return nil
    } catch { return (error as? ModelError)?.code }
  }

  @Test func savedAndLoadedIsTheSame() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let package = try Self.package()
    try package.save(to: folder)
    let loaded = try ModelPackage.load(folder)
    #expect(loaded.description == package.description)
    #expect(loaded.parameters == package.parameters)
    #expect(loaded.second == package.second && loaded.second != nil)
    #expect(loaded.golden == package.golden)
    #expect(loaded.golden?.secondLogits?.shape == [2, 1, 12, 16])
    #expect(loaded.digest == package.digest)
    try loaded.verify(workspace: Workspace(threads: 2))
    let file = try Safetensors.read(folder + "/weights.safetensors").parameters
    let second = file.names.filter { $0.hasPrefix("segmentation.") }
    #expect(second.count == package.second?.names.count)
    #expect(file.names.count == second.count + package.parameters.names.count)
    #expect(file["segmentation.head.weight"] == package.second?["head.weight"])
  }

  @Test func theDigestCoversBothNetworks() throws {
    let package = try Self.package()
    var weights = try #require(package.second)
    weights["head.bias"] = Tensor([1], [3])
    let other = try ModelPackage(
      package.description, parameters: package.parameters, second: weights,
      golden: package.golden)
    #expect(other.digest != package.digest)
    // The golden vectors of the second network tell, although the first is as it was.
    #expect(throws: ModelError(.golden, at: 0)) {
      try other.verify(workspace: Workspace(threads: 1))
    }
    let stricter = try Self.package { $0.segmentation?.threshold = 0.5 }
    #expect(stricter.digest != package.digest)
    var description = package.description
    description.version = "2"
    let renamed = try package.describing(description)
    #expect(renamed.second == package.second && renamed.golden == package.golden)
  }

  @Test func goldenVectorsOfOneNetworkAreNotEnough() throws {
    let package = try Self.package()
    let golden = try #require(package.golden)
    let half = try ModelPackage(
      package.description, parameters: package.parameters, second: package.second,
      golden: .init(image: golden.image, logits: golden.logits))
    #expect(throws: ModelError(.golden)) { try half.verify(workspace: Workspace(threads: 1)) }
  }

  @Test func partsThatDoNotBelongTogetherAreRefused() throws {
    let package = try Self.package()
    let weights = try #require(package.second)
    #expect(throws: ModelError(.weights)) {
      _ = try ModelPackage(package.description, parameters: package.parameters)
    }
    var single = package.description
    single.segmentation = nil
    #expect(throws: ModelError(.weights)) {
      _ = try ModelPackage(single, parameters: package.parameters, second: weights)
    }
    var fewer = weights
    fewer["head.bias"] = nil
    #expect(throws: ModelError(.weights)) {
      _ = try ModelPackage(
        package.description, parameters: package.parameters, second: fewer)
    }
    #expect(
      code {
        _ = try ModelPackage(
          package.description, parameters: weights, second: package.parameters)
      } == .weights)
    let faults: [(inout ModelDescription) -> Void] = [
      { $0.segmentation?.threshold = 1.5 }, { $0.segmentation?.threshold = .nan },
      { $0.segmentation?.smallestShare = -0.1 }, { $0.segmentation?.leastMeanProbability = 2 },
      { $0.segmentation?.averaging = MapAveraging(scales: [2]) },
      { $0.segmentation?.averaging = MapAveraging(normalisation: .peak) },
      { $0.segmentation?.network = .uNet(.init(width: 2, depth: 2, outputs: 2)) },
      { $0.segmentation?.network = .uNet(.init(inChannels: 2, width: 2, depth: 2)) },
      { $0.task = .segmentation },
      { $0.map = .init(method: "cam", threshold: 0, averaging: MapAveraging(scales: [])) },
    ]
    for (index, fault) in faults.enumerated() {
      #expect(code { _ = try Self.package(fault) } == .document, "fault \(index)")
    }
  }

  /// A document from before there were two networks reads as before, and one of a single network
  /// holds none of the new words: digests of packages that exist stay.
  @Test func singleNetworksAreWrittenAsBefore() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var description = try Self.package().description
    description.segmentation = nil
    description.map = .init(method: "cam", threshold: 0.3)
    try ModelPackage(description, parameters: NetworkTests.parameters(NetworkTests.plain))
      .save(to: folder)
    let document = try String(contentsOfFile: folder + "/model.json", encoding: .utf8)
    for word in ["segmentation", "averaging", "layer"] { #expect(!document.contains(word)) }
    let loaded = try ModelPackage.load(folder)
    #expect(loaded.second == nil && loaded.description.segmentation == nil)
    #expect(loaded.description == description)
  }

  @Test func theMapThatIsShown() throws {
    var description = try Self.package().description
    description.map = .init(method: "cam", threshold: 0.3)
    #expect(description.shownMap?.method == "segmentation")
    #expect(description.shownMap?.threshold == 0.4)
    #expect(description.shownMap?.thresholdSource == "image-level-validation")
    description.segmentation = nil
    #expect(description.shownMap == description.map)
    description.map = nil
    #expect(description.shownMap == nil)
  }
}
