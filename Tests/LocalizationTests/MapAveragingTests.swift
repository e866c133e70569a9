import Foundation
import Graphs
import Imaging
import Networks
import Tensors
import Testing

import Localization

@Suite struct MapAveragingTests {
  private static let network = NetworkSpec.vggGAP(
    .init(inChannels: 1, widths: [[4], [6, 6]], outputs: 2))
  private static let preparation = ImagePreparation(width: 32, height: 24)
  private static let source = TestNetworks.picture(60, 40, seed: 3)
  private static let prepared = preparation.prepare(source)

  private func classifier(
    _ averaging: MapAveraging?, _ method: any Localizer.Type = GradCAMPlusPlus.self,
    preparation: ImagePreparation = preparation
  ) throws -> Classifier {
    let network = TestNetworks.network(for: method.name, else: Self.network)
    return try Classifier(
      network: network, parameters: TestNetworks.moved(network),
      preparation: preparation, map: MapMethod(method, averaging: averaging), label: 1)
  }

  private func map(_ classifier: Classifier, _ image: PreparedImage = prepared) throws -> Image {
    try #require(try classifier.read(image, using: Workspace(threads: 1)).heatmap).image
  }

  @Test(arguments: Localizers.all.map { $0.name })
  func oneScaleWithoutMirrorIsThePlainMap(_ name: String) throws {
    let method = try #require(Localizers.named(name))
    let plain = try classifier(nil, method)
    let averaged = try classifier(MapAveraging(scales: [1], flip: false), method)
    #expect(try map(plain) == map(averaged))
    let workspace = Workspace(threads: 1)
    let logits = try plain.read(Self.prepared, using: workspace).logits
    let others = try classifier(MapAveraging(), method).read(Self.prepared, using: workspace).logits
    #expect(logits == others)
  }

  @Test(arguments: Localizers.all.map { $0.name })
  func theMapOfAMirroredPictureIsMirrored(_ name: String) throws {
    let method = try #require(Localizers.named(name))
    var turned = Self.prepared
    turned.base = turned.base.turned
    for normalisation in [MapAveraging.Normalisation.mean, .peak] {
      let classifier = try classifier(
        MapAveraging(scales: [1, 0.5, 1.5], normalisation: normalisation), method)
      #expect(try map(classifier, turned).distance(from: map(classifier).turned) < 1e-4)
    }
    // The law is that of the average: the network itself tells left from right.
    let plain = try classifier(nil, method)
    #expect(try map(plain, turned).distance(from: map(plain).turned) > 1e-2)
  }

  @Test func scalesAreLaidOnTheGridOfThePlainMapAndSummed() throws {
    let averaged = try map(
      classifier(MapAveraging(scales: [1, 2], flip: false), ClassActivationMap.self))
    var twice = Self.preparation
    (twice.width, twice.height) = (64, 48)
    let large = PreparedImage(
      base: Self.prepared.base.resized(width: 64, height: 48), lung: nil,
      region: Self.prepared.region, sourceWidth: 60, sourceHeight: 40, preparation: twice)
    let plain = try map(classifier(nil, ClassActivationMap.self))
    let other = try map(classifier(nil, ClassActivationMap.self, preparation: twice), large)
      .bilinear(width: 16, height: 12)
    let expected = Image(
      width: 16, height: 12, pixels: zip(plain.pixels, other.pixels).map { ($0 + $1) / 2 })
    #expect(averaged.distance(from: expected) < 1e-6)
  }

  @Test func theSumOverItsPeakEndsAtOne() throws {
    let mean = try map(classifier(MapAveraging(scales: [1, 0.5])))
    let peak = try map(classifier(MapAveraging(scales: [1, 0.5], normalisation: .peak)))
    let top = try #require(mean.pixels.max())
    #expect(top > 0)
    // Four maps: the sum is four times the mean.
    let expected = mean.pixels.map { 4 * $0 / (4 * top + 1e-5) }
    #expect(peak.distance(from: Image(width: 16, height: 12, pixels: expected)) < 1e-5)
  }

  @Test func theGridMayHaveAStrideOfItsOwn() throws {
    let fine = try map(classifier(MapAveraging(scales: [1], flip: false, stride: 1)))
    let plain = try map(classifier(nil))
    #expect(fine == plain.bilinear(width: 32, height: 24))
    let coarse = try map(classifier(MapAveraging(scales: [1], flip: false, stride: 5)))
    #expect(coarse.width == 7 && coarse.height == 5)
  }

  @Test func sizesThatTheNetworkTakes() throws {
    func sides(_ network: NetworkSpec, _ height: Int, _ width: Int, _ scale: Double) throws -> [Int]
    {
      let size = try network.inputSize((height, width), times: scale)
      return [size.height, size.width]
    }
    let uNet = NetworkSpec.uNet(.init(width: 2, depth: 2))
    let found = [
      try sides(Self.network, 20, 30, 0.5), try sides(uNet, 20, 32, 0.5),
      try sides(uNet, 20, 32, 0.125),
    ]
    #expect(found == [[10, 15], [12, 16], [4, 4]] as [[Int]])
  }

  @Test func isDataWithinBounds() throws {
    let averaging = MapAveraging(scales: [1, 0.5], flip: true, normalisation: .peak, stride: 4)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let data = try encoder.encode(averaging)
    #expect(
      String(decoding: data, as: UTF8.self)
        == #"{"flip":true,"normalisation":"peak","scales":[1,0.5],"stride":4}"#)
    #expect(try JSONDecoder().decode(MapAveraging.self, from: data) == averaging)
    for scales in [[], [0.5], [1, 1], [1, 9], [1, -1], [1, .nan], [1, 0]] as [[Double]] {
      #expect(!MapAveraging(scales: scales).isSound)
      #expect(throws: ModelError(.specification)) {
        _ = try classifier(MapAveraging(scales: scales))
      }
    }
    #expect(!MapAveraging(stride: 0).isSound && MapAveraging().isSound)
  }

  @Test func mapsOfManyPicturesAreThoseOfEach() throws {
    let images = (0..<19).map {
      Self.preparation.prepare(TestNetworks.picture(50, 40, seed: UInt64($0)))
    }
    let classifier = try classifier(MapAveraging(scales: [1, 0.5]))
    let each = try images.map { try map(classifier, $0) }
    #expect(Set(each.map(\.pixels)).count == images.count)
    for threads in [1, 3] {
      let all = try classifier.maps(of: images, threads: threads)
      #expect(all.map(\.image) == each && all.allSatisfy { $0.method == "grad-cam++" })
    }
    #expect(try classifier.maps(of: [], threads: 2).isEmpty)
    struct Missing: Error, Equatable { let index: Int }
    #expect(throws: Missing(index: 4)) {
      _ = try classifier.maps(count: 19, threads: 3) { index in
        guard index != 4, index != 17 else { throw Missing(index: index) }
        return images[index]
      }
    }
    let bare = try Classifier(
      network: Self.network, parameters: TestNetworks.moved(Self.network),
      preparation: Self.preparation)
    #expect(throws: LocalizationError(.noMap)) { _ = try bare.maps(of: images, threads: 1) }
  }
}
