import Foundation
import Graphs
import Imaging
import Localization
import Networks
import Tensors
import Testing

@Suite struct EdgeReaderTests {
  static let network = NetworkSpec.irNet(
    IRNet(
      trunk: .vgg(
        VGGTrunk(
          inChannels: 1,
          blocks: [
            .init([4]), .init([4]), .init([6], pool: .keep), .init([6], dilation: 2, pool: .none),
          ], batchNorm: true), extra: [6]),
      edgeWidth: 4, width: 8))

  static func image(_ height: Int, _ width: Int, seed: UInt64) -> Tensor {
    var source = RandomSource(seed: seed)
    return Tensor([1, 1, height, width], (0..<height * width).map { _ in Float(source.normal()) })
  }

  /// The taps of one image of the size of the input.
  private static func taps(_ image: Tensor, _ parameters: Parameters) throws -> [Tensor] {
    let planned = try PlannedNetwork(
      network, parameters: parameters, inputSize: (image.shape[2], image.shape[3])
    ) { graph in
      try ["edge", "displacement"].map { try #require(graph.taps[$0]) }
    }
    return try planned.run(image, using: Workspace(threads: 1))
  }

  @Test func mirrorImagesAreAveraged() throws {
    let parameters = try Self.network.initialParameters(seed: 2)
    let image = Self.image(32, 24, seed: 3)
    let workspace = Workspace(threads: 1)
    let reading = try EdgeReader(
      network: Self.network, parameters: parameters, inputSize: (32, 24)
    ).read(image, using: workspace)
    let plain = try Self.taps(image, parameters)
    let mirror = try Self.taps(Blocks.flip(image, axis: 3, workspace), parameters)
    #expect(reading.edge.height == 8 && reading.edge.width == 6)
    for row in 0..<8 {
      for column in 0..<6 {
        let logit = (plain[0][0, 0, row, column] + mirror[0][0, 0, row, 5 - column]) / 2
        let truth = 1 / (1 + exp(-Double(logit)))
        #expect(abs(Double(reading.edge[row, column]) - truth) < 1e-6)
        #expect(abs(reading.displacement.down[row, column] - plain[1][0, 0, row, column]) < 1e-6)
        #expect(abs(reading.displacement.right[row, column] - plain[1][0, 1, row, column]) < 1e-6)
      }
    }
    #expect(Set(reading.edge.pixels).count > 10)
    #expect(plain[0] != mirror[0])
  }

  /// A smaller image is padded with zeros, its mirror image on the same side.
  @Test func smallImagesArePadded() throws {
    let parameters = try Self.network.initialParameters(seed: 2)
    let image = Self.image(21, 18, seed: 4)
    let workspace = Workspace(threads: 2)
    let reader = try EdgeReader(
      network: Self.network, parameters: parameters, inputSize: (32, 24))
    let reading = try reader.read(image, using: workspace)
    #expect(reading.edge.height == 6 && reading.edge.width == 5)
    func padded(_ x: Tensor) -> Tensor {
      let wide = Blocks.embed(x, axis: 3, start: 0, total: 24, workspace)
      return Blocks.embed(wide, axis: 2, start: 0, total: 32, workspace)
    }
    let plain = try Self.taps(padded(image), parameters)
    let mirror = try Self.taps(padded(Blocks.flip(image, axis: 3, workspace)), parameters)
    let logit = (plain[0][0, 0, 2, 1] + mirror[0][0, 0, 2, 3]) / 2
    #expect(abs(Double(reading.edge[2, 1]) - 1 / (1 + exp(-Double(logit)))) < 1e-6)
    let one = try EdgeReader(network: Self.network, parameters: parameters, inputSize: (32, 24))
      .read(image, using: Workspace(threads: 1))
    #expect(one.edge == reading.edge && one.displacement == reading.displacement)
  }

  @Test func meanShiftIsTheMeanField() throws {
    var parameters = try Self.network.initialParameters(seed: 2)
    let images = (0..<3).map { Self.image(32, 24, seed: 10 + $0) }
    var sums = [0.0, 0.0]
    for image in images {
      let field = try Self.taps(image, parameters)[1].values
      for axis in 0..<2 {
        sums[axis] += field[axis * 48..<(axis + 1) * 48].reduce(0) { $0 + Double($1) } / 48
      }
    }
    // What was there before does not count.
    parameters[IRNet.meanShiftName] = Tensor([2], [7, -3])
    let workspace = Workspace(threads: 2)
    let shifted = try MeanShift.measured(
      Self.network, parameters: parameters, inputSize: (32, 24), images: images.indices,
      using: workspace
    ) { images[$0] }
    let shift = try #require(shifted[IRNet.meanShiftName])
    for axis in 0..<2 {
      #expect(abs(Double(shift.values[axis]) - sums[axis] / 3) < 1e-6)
      #expect(abs(sums[axis]) > 1e-4)
    }
    let reader = try EdgeReader(
      network: Self.network, parameters: shifted, inputSize: (32, 24))
    var rest = MeanShift()
    for image in images {
      let field = try reader.read(image, using: workspace).displacement
      rest.add(Tensor([1, 2, 8, 6], field.down.pixels + field.right.pixels))
    }
    #expect(rest.value.values.allSatisfy { abs($0) < 1e-6 })
    #expect(MeanShift().value.values == [0, 0])
  }

  @Test func badInputIsRefused() throws {
    let classifier = NetworkSpec.vggGAP(.init(widths: [[4]]))
    #expect(throws: LocalizationError(.task)) {
      _ = try EdgeReader(
        network: classifier, parameters: Parameters(), inputSize: (32, 24))
    }
    let parameters = try Self.network.initialParameters(seed: 2)
    let reader = try EdgeReader(
      network: Self.network, parameters: parameters, inputSize: (32, 24))
    for shape: Shape in [
      [1, 1, 36, 24], [1, 1, 32, 25], [1, 2, 32, 24], [2, 1, 32, 24], [32, 24],
    ] {
      #expect(throws: LocalizationError(.inputSize)) {
        _ = try reader.read(Tensor(zeros: shape), using: Workspace(threads: 1))
      }
    }
  }
}
