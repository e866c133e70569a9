import Graphs
import Imaging
import Localization
import Networks
import Tensors
import Testing

/// Networks whose weights are set by hand: each convolution passes its picture on, so that maps are the
/// picture's own brightness, at the resolution of the scale.
@Suite struct NoduleFinderTests {
  private static let side = 32

  private static func network(scales: Int) -> NetworkSpec {
    let blocks = [
      VGGTrunk.Block([1]), VGGTrunk.Block([1]), VGGTrunk.Block([1], pool: .none),
    ]
    return .nam(
      NAM(VGGTrunk(inChannels: 1, blocks: blocks), width: 1, scales: scales, outputs: 1))
  }

  /// `head`: the weight of each scale, the deepest first.
  private static func weights(_ spec: NetworkSpec, head: [Float], bias: Float = 0) throws
    -> Parameters
  {
    var all = Parameters()
    for (name, shape) in try spec.parameterShapes() {
      var values = [Float](repeating: 0, count: shape.count)
      if name == "classifier.weight" {
        values = head
      } else if name == "classifier.bias" {
        values = [bias]
      } else if shape.rank == 4 {
        values[4] = 1
      }
      all[name] = Tensor(shape, values)
    }
    return all
  }

  private static let preparation = ImagePreparation(
    width: side, height: side, fit: .squeeze, normalisation: .lungMedian, low: 0, high: 1)

  private func prepared(_ image: Image, lung: Mask? = nil) -> PreparedImage {
    var prepared = PreparedImage(
      base: image, lung: lung ?? Mask(image, atLeast: -2),
      region: PixelRegion(x: 0, y: 0, width: 32, height: 32), sourceWidth: 32, sourceHeight: 32,
      preparation: Self.preparation)
    prepared.spacing = PixelSpacing(row: 1, column: 1)
    return prepared
  }

  private func finder(
    finer: Bool = false, _ change: (inout ModelDescription.Nodules) -> Void = { _ in }
  ) throws -> NoduleFinder {
    let spec = Self.network(scales: 1)
    var settings = ModelDescription.Nodules(beta: 0.1, smallestSquareMillimetres: 4)
    settings.network = finer ? Self.network(scales: 3) : nil
    change(&settings)
    return try NoduleFinder(
      network: spec, parameters: Self.weights(spec, head: [1]),
      finer: finer ? Self.weights(Self.network(scales: 3), head: [0, 0, 1]) : nil,
      settings: settings, preparation: Self.preparation)
  }

  private func square(_ left: Int, _ top: Int, _ side: Int) -> Mask {
    var mask = Mask(width: Self.side, height: Self.side)
    for row in top..<top + side { for column in left..<left + side { mask[row, column] = true } }
    return mask
  }

  /// Grey levels of tissue below, and squares of brightness.
  private func picture(_ squares: [(mask: Mask, value: Float)]) -> Image {
    var image = Image(width: Self.side, height: Self.side)
    for cell in image.pixels.indices {
      image.pixels[cell] = Float(cell % 3) * 0.05 + Float(cell / Self.side % 2) * 0.1
    }
    for (mask, value) in squares {
      for cell in mask.bits.indices where mask.bits[cell] != 0 { image.pixels[cell] = value }
    }
    return image
  }

  /// Equation 3: the logit is the sum over the scales of the mean of each one's map, and the bias.
  @Test(arguments: [1, 2, 3]) func meansOfTheMapsAreTheLogit(scales: Int) throws {
    let spec = Self.network(scales: scales)
    let image = prepared(picture([(square(6, 9, 5), 0.9)]))
    let shape: Shape = [1, 1, 32, 32]
    for label in 0..<scales {
      // One scale at a time: spreading a coarse map does not keep its mean.
      var head = [Float](repeating: 0, count: scales)
      head[label] = 1.5
      let network = try PlannedNetwork(
        spec, parameters: Self.weights(spec, head: head, bias: -0.25), inputSize: (32, 32)
      ) { graph in
        let maps = try NoduleActivationMap.maps(of: 0, in: &graph)
        return try [#require(graph.taps["logits"])] + maps
      }
      let out = try network.run(
        Tensor(shape, image.channelValues), using: Workspace(threads: 1))
      let means = out.dropFirst().map { $0.values.reduce(0, +) / Float($0.values.count) }
      #expect(out.count == scales + 1)
      #expect(abs(out[0].values[0] - (means.reduce(0, +) - 0.25)) < 1e-5)
      #expect(
        out[1].shape.dims == [8, 8]
          && out.last?.shape.dims == [8 << (scales - 1), 8 << (scales - 1)])
    }
  }

  /// With one scale it is the class activation map.
  @Test func oneScaleIsTheClassMap() throws {
    let spec = Self.network(scales: 1)
    let weights = try Self.weights(spec, head: [2])
    let image = prepared(picture([(square(6, 9, 5), 0.9)]))
    func map(_ method: any Localizer.Type) throws -> Image? {
      try Classifier(
        network: spec, parameters: weights, preparation: Self.preparation, localizer: method
      ).read(image, using: Workspace(threads: 1)).heatmap?.image
    }
    let ours = try #require(try map(NoduleActivationMap.self))
    let theirs = try #require(try map(ClassActivationMap.self))
    #expect(ours == theirs)
    #expect(ours.width == 8 && (ours.pixels.max() ?? 0) == 1.8)
  }

  @Test func otherNetworksHaveNoSuchMap() throws {
    let spec = NetworkSpec.vggGAP(.init(widths: [[2]]))
    #expect(throws: LocalizationError(.noTap)) {
      _ = try Classifier(
        network: spec, parameters: spec.initialParameters(seed: 1),
        preparation: Self.preparation, localizer: NoduleActivationMap.self)
    }
  }

  /// Two bright squares in one blob: both are the coarse segmentation, the one whose absence changes the
  /// map more the fine one.
  @Test func theCandidateThatMattersIsChosen() throws {
    let (large, small) = (square(8, 10, 4), square(14, 11, 2))
    let image = prepared(picture([(large, 0.9), (small, 0.9)]))
    let reading = try finder().nodules(in: image, using: Workspace(threads: 1))
    #expect(reading.places.count == 1)
    #expect(reading.coarse(width: 32, height: 32) == large.union(small))
    #expect(reading.fine(width: 32, height: 32) == large)
  }

  @Test func candidatesBelowTheAreaAreDropped() throws {
    let (large, small) = (square(8, 10, 4), square(14, 11, 2))
    let image = prepared(picture([(large, 0.9), (small, 0.9)]))
    let reading = try finder { $0.smallestSquareMillimetres = 5 }
      .nodules(in: image, using: Workspace(threads: 1))
    #expect(reading.places.first?.candidates == [large])
  }

  @Test func oneBlobOrTwo() throws {
    let (first, second) = (square(5, 5, 2), square(25, 25, 2))
    let image = prepared(picture([(first, 0.95), (second, 0.9)]))
    let one = try finder().nodules(in: image, using: Workspace(threads: 1))
    #expect(one.fine(width: 32, height: 32) == first)
    let two = try finder { $0.blobs = 2 }.nodules(in: image, using: Workspace(threads: 1))
    #expect(two.fine(width: 32, height: 32) == first.union(second))
    // What is well below the highest peak is no blob.
    let dim = prepared(picture([(first, 0.95), (second, 0.4)]))
    let alone = try finder { $0.blobs = 2 }.nodules(in: dim, using: Workspace(threads: 1))
    #expect(alone.fine(width: 32, height: 32) == first)
  }

  /// The finer map shows one of the two squares: the other one is out of scope.
  @Test func aFinerMapNarrowsTheScope() throws {
    let (large, small) = (square(8, 10, 4), square(14, 11, 2))
    let image = prepared(picture([(large, 0.9), (small, 0.89)]))
    let wide = try finder().nodules(in: image, using: Workspace(threads: 1))
    let narrow = try finder(finer: true).nodules(in: image, using: Workspace(threads: 1))
    let (all, own) = (try #require(wide.places.first), try #require(narrow.places.first))
    #expect(all.candidates.count == 2)
    #expect(own.scope.subtracting(all.scope).isEmpty && own.scope.count < all.scope.count)
    #expect(own.candidates == [large])
    // A finer map that shows nothing prominent there leaves the scope as it was.
    let far = prepared(picture([(large, 0.9), (small, 0.89)]))
    let strict = try finder(finer: true) { $0.prominence = 1 }
    #expect(try strict.nodules(in: far, using: Workspace(threads: 1)).places.first == own)
  }

  @Test func nothingIsFoundWhereNothingIsBright() throws {
    let flat = prepared(Image(width: 32, height: 32))
    #expect(try finder().nodules(in: flat, using: Workspace(threads: 1)).places.isEmpty)
    // Outside the lung there are no candidates.
    let square = square(8, 10, 4)
    let lung = Mask(picture([]), atLeast: -1).subtracting(square)
    let reading = try finder().nodules(
      in: prepared(picture([(square, 0.9)]), lung: lung), using: Workspace(threads: 1))
    #expect(reading.fine(width: 32, height: 32).intersection(square).isEmpty)
  }

  @Test func settingsOutOfBoundsAreRefused() {
    for change: (inout ModelDescription.Nodules) -> Void in [
      { $0.share = 1 }, { $0.prominence = -0.1 }, { $0.phases = 1 }, { $0.beta = .nan },
      { $0.blobs = 3 }, { $0.smallestSquareMillimetres = -1 },
    ] {
      #expect(throws: LocalizationError(.settings)) { _ = try finder(change) }
    }
  }
}
