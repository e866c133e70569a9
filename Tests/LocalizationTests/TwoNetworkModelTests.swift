import Foundation
import Graphs
import Imaging
import Localization
import Networks
import Tensors
import Testing

/// A package of a classifier and a segmentation network, on disk and back, read as scoring reads.
@Suite struct TwoNetworkModelTests {
  private static let classifier = NetworkSpec.vggGAP(.init(inChannels: 2, widths: [[4], [6]]))
  private static let segmenter = NetworkSpec.uNet(.init(inChannels: 2, width: 4, depth: 2))
  private static let preparation = ImagePreparation(
    width: 32, height: 24, channels: [.intensity, .detail])

  private static func package(
    _ change: (inout ModelDescription) -> Void = { _ in }
  ) throws -> ModelPackage {
    var description = ModelDescription(
      name: "two", version: "1", task: .classification, modalities: ["DX"],
      labels: [.init(name: "pneumothorax", display: "Pneumothorax")], network: classifier,
      preparation: preparation)
    description.segmentation = .init(network: segmenter, threshold: 0.5)
    change(&description)
    return try ModelPackage(
      description, parameters: TestNetworks.moved(classifier),
      second: TestNetworks.moved(segmenter, seed: 9))
  }

  private func onDisk<T>(_ package: ModelPackage, _ body: (ModelPackage) throws -> T) throws -> T {
    let folder = TestNetworks.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let golden = Tensor([1, 2, 24, 32], TestNetworks.picture(32, 48).pixels)
    try package.recordingGolden(golden, workspace: Workspace(threads: 1)).save(to: folder)
    let loaded = try ModelPackage.load(folder)
    try loaded.verify(workspace: Workspace(threads: 1))
    return try body(loaded)
  }

  @Test func drawsWithTheSegmentationNetworkAndScoresWithTheClassifier() throws {
    let prepared = Self.preparation.prepare(TestNetworks.picture(60, 40, seed: 3))
    let workspace = Workspace(threads: 1)
    let image = Tensor([1, 2, 24, 32], prepared.channelValues)
    func plain(_ network: NetworkSpec, _ parameters: Parameters) throws -> Tensor {
      try PlannedNetwork(network, parameters: parameters, inputSize: (24, 32)) { graph in
        [try #require(graph.taps["logits"])]
      }.run(image, using: workspace)[0]
    }
    let reading = try onDisk(Self.package()) { model in
      try Classifier(model: model).read(prepared, using: workspace)
    }
    let logits = try plain(Self.classifier, TestNetworks.moved(Self.classifier))
    #expect(reading.logits == logits.values.map(Double.init))
    let heat = try #require(reading.heatmap)
    #expect(heat.method == "segmentation")
    let cells = try plain(Self.segmenter, TestNetworks.moved(Self.segmenter, seed: 9)).values
    let expected = Image(width: 32, height: 24, pixels: cells.map { 1 / (1 + exp(-$0)) })
    #expect(heat.image.distance(from: expected) < 1e-5)
    #expect(Set(expected.pixels).count > 100)
    let segmenter = try Segmenter(
      network: Self.segmenter, parameters: TestNetworks.moved(Self.segmenter, seed: 9),
      preparation: Self.preparation)
    #expect(try segmenter.probabilities(of: prepared, using: workspace) == heat.image)
    let other = ImagePreparation(width: 16, height: 24, channels: [.intensity, .detail])
      .prepare(TestNetworks.picture(60, 40))
    #expect(throws: LocalizationError(.inputSize)) {
      _ = try segmenter.probabilities(of: other, using: workspace)
    }
  }

  @Test func regionsAreCutAtTheThresholdOfTheSection() throws {
    let prepared = Self.preparation.prepare(TestNetworks.picture(60, 40, seed: 3))
    let classifier = try Classifier(model: Self.package())
    let reading = try classifier.read(prepared, using: Workspace(threads: 1))
    let over = prepared.overSource(try #require(reading.heatmap).image)
    let median = Statistics.median(over.pixels.filter { $0 > 0 })
    func drawn(_ share: Double) throws -> Mask {
      let model = try Self.package {
        $0.segmentation?.threshold = Double(median)
        $0.segmentation?.smallestShare = share
      }
      var rule = try #require(Regions(model: model.description))
      rule.most = .max
      return rule.extract(from: over).reduce(Mask(width: 60, height: 40)) { $0.union($1.mask) }
    }
    let all = try drawn(0)
    #expect(all == Mask(over, atLeast: median) && !all.isEmpty)
    let large = try drawn(0.01)
    #expect(large.count < all.count)
    #expect(Components(large, connectivity: .all).sizes.allSatisfy { $0 >= 24 })
  }

  @Test func theMapIsMadeOnlyWhereItIsWanted() throws {
    let prepared = Self.preparation.prepare(TestNetworks.picture(60, 40))
    let classifier = try Classifier(model: Self.package())
    let workspace = Workspace(threads: 1)
    let full = try classifier.read(prepared, using: workspace)
    let bare = try classifier.read(prepared, mapIf: { $0[0] > 1e9 }, using: workspace)
    #expect(full.heatmap != nil && bare.heatmap == nil && bare.logits == full.logits)
  }

  @Test func averagedProbabilitiesFollowTheMirror() throws {
    let averaging = MapAveraging(scales: [1, 0.6], flip: true)
    let model = try Self.package { $0.segmentation?.averaging = averaging }
    let prepared = Self.preparation.prepare(TestNetworks.picture(60, 40))
    var turned = prepared
    turned.base = turned.base.turned
    try onDisk(model) { model in
      #expect(model.description.segmentation?.averaging == averaging)
      let classifier = try Classifier(model: model)
      let maps = try classifier.maps(of: [prepared, turned], threads: 2).map(\.image)
      #expect(maps[1].distance(from: maps[0].turned) < 1e-4)
      #expect(maps[0].pixels.allSatisfy { (0...1).contains($0) })
    }
  }

  @Test func aPackageNamesLayerAndAveragingOfItsMap() throws {
    var description = try Self.package().description
    description.segmentation = nil
    description.map = .init(
      method: "grad-cam++", threshold: 0.1, layer: "features",
      averaging: MapAveraging(scales: [1, 2], flip: true))
    let model = try ModelPackage(
      description, parameters: TestNetworks.moved(Self.classifier))
    let prepared = Self.preparation.prepare(TestNetworks.picture(60, 40))
    let workspace = Workspace(threads: 1)
    let heat = try onDisk(model) { try Classifier(model: $0).read(prepared, using: workspace) }
      .heatmap
    let expected = try Classifier(
      network: Self.classifier, parameters: model.parameters, preparation: Self.preparation,
      map: MapMethod(
        GradCAMPlusPlus.self, averaging: MapAveraging(scales: [1, 2], flip: true))
    ).read(prepared, using: workspace).heatmap
    #expect(heat?.image == expected?.image && heat?.method == "grad-cam++")
    description.map?.layer = "nowhere"
    #expect(throws: LocalizationError(.noTap)) {
      _ = try Classifier(model: ModelPackage(description, parameters: model.parameters))
    }
    description.map?.method = "nothing"
    #expect(throws: LocalizationError(.unknownMethod)) {
      _ = try Classifier(model: ModelPackage(description, parameters: model.parameters))
    }
  }

  /// A network of one logit a picture draws nothing.
  @Test func aSecondClassifierIsNoSegmentation() throws {
    var description = try Self.package().description
    description.segmentation?.network = Self.classifier
    let weights = try TestNetworks.moved(Self.classifier)
    let model = try ModelPackage(description, parameters: weights, second: weights)
    #expect(throws: LocalizationError(.task)) { _ = try Classifier(model: model) }
  }
}
