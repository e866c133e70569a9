import Imaging
import Localization
import Tensors
import Testing

@Suite("Dense CRF: laws and refusals")
struct CRFLawTests {
  /// A picture that is bright on one side and dark on the other, with a darker body in it.
  static func lopsided(_ width: Int, _ height: Int) -> (Image, [UInt8]) {
    var generator = CRFRandom(state: 99)
    let noise = generator.floats(width * height, in: -3...3)
    var image = Image(width: width, height: height)
    var map = [UInt8](repeating: 0, count: width * height)
    for row in 0..<height {
      for column in 0..<width {
        let inside = abs(row - height / 3) + abs(column - width / 4) < height / 4
        image[row, column] =
          70 + 110 * Float(column) / Float(width) - (inside ? 30 : 0) + noise[row * width + column]
        let near = abs(row - height / 3 - 2) + abs(column - width / 4 - 2) < height / 4
        map[row * width + column] = near ? 1 : 0
      }
    }
    return (image, map)
  }

  static func mirrored<Value>(_ values: [Value], width: Int) -> [Value] {
    stride(from: 0, to: values.count, by: width).flatMap { values[$0..<($0 + width)].reversed() }
  }

  static func distance(_ a: [Float], _ b: [Float]) -> (most: Float, mean: Float) {
    let gaps = zip(a, b).map { abs($0 - $1) }
    return (gaps.max() ?? 0, gaps.reduce(0, +) / Float(gaps.count))
  }

  /// The brute force mirrors exactly; the lattice lies otherwise on the mirrored picture.
  @Test("mirrored pictures give mirrored labels", arguments: [1, 10])
  func mirror(iterations: Int) throws {
    let (width, height) = (60, 52)
    let (image, map) = CRFLawTests.lopsided(width, height)
    let flipped = Image(
      width: width, height: height, pixels: CRFLawTests.mirrored(image.pixels, width: width))
    var settings = DenseCRF.Settings().scaled(width: width, height: height)
    settings.iterations = iterations
    let energies = try LabelEnergies(map: map, width: width, labels: 2)
    let flippedEnergies = try LabelEnergies(
      map: CRFLawTests.mirrored(map, width: width), width: width, labels: 2)
    for (guide, other) in [
      (CRFGuide.grey(image), CRFGuide.grey(flipped)),
      (CRFGuide.replicated(image), CRFGuide.replicated(flipped)),
    ] {
      let q = try DenseCRF(guide, settings: settings, threads: 1).refine(energies, threads: 1)
      let back = try DenseCRF(other, settings: settings, threads: 1)
        .refine(flippedEnergies, threads: 1)
      let gap = CRFLawTests.distance(
        CRFLawTests.mirrored(back.values, width: width), q.values)
      print("crf mirrored, \(iterations) iterations: most \(gap.most), mean \(gap.mean)")
      #expect(gap.mean < 0.01)
      let labels = CRFLawTests.mirrored(DenseCRF.labels(back), width: width)
      let changed = zip(labels, DenseCRF.labels(q)).filter { $0 != $1 }.count
      #expect(Float(changed) <= 0.01 * Float(width * height))
    }
    let exact = try BruteForceCRF.refine(.grey(image), energies, settings: settings)
    let exactBack = try BruteForceCRF.refine(.grey(flipped), flippedEnergies, settings: settings)
    let gap = zip(exact, CRFLawTests.mirrored(exactBack, width: width)).map { abs($0 - $1) }
    #expect((gap.max() ?? 1) < 1e-6)
  }

  @Test("three and five dimensions stand for one energy", arguments: [1, 10])
  func greyForms(iterations: Int) throws {
    let (width, height) = (60, 52)
    let (image, map) = CRFLawTests.lopsided(width, height)
    var settings = DenseCRF.Settings().scaled(width: width, height: height)
    settings.iterations = iterations
    let energies = try LabelEnergies(map: map, width: width, labels: 2)
    let three = try DenseCRF(.grey(image), settings: settings, threads: 1)
      .refine(energies, threads: 1)
    let five = try DenseCRF(.replicated(image), settings: settings, threads: 1)
      .refine(energies, threads: 1)
    let exact = try BruteForceCRF.refine(.grey(image), energies, settings: settings)
    let same = try BruteForceCRF.refine(.replicated(image), energies, settings: settings)
    #expect((zip(exact, same).map { abs($0 - $1) }.max() ?? 1) < 1e-5)
    let reference = exact.map(Float.init)
    let (gap3, gap5) = (
      CRFLawTests.distance(three.values, reference), CRFLawTests.distance(five.values, reference)
    )
    let between = CRFLawTests.distance(three.values, five.values)
    print("crf \(iterations) iterations, from brute force: 3-d \(gap3), 5-d \(gap5)")
    print("crf \(iterations) iterations, 3-d from 5-d: \(between)")
    #expect(gap3.mean < 0.02 && gap5.mean < 0.02)
  }

  @Test("without pairwise weights the unary stays")
  func noWeights() throws {
    var settings = DenseCRF.Settings()
    settings.gaussianWeight = 0
    settings.bilateralWeight = 0
    let map: [UInt8] = [0, 1, 2, 3, 3, 0]
    let energies = try LabelEnergies(map: map, width: 3, labels: 3, zeroUnsure: true)
    let q = try DenseCRF(.grey(Image(width: 3, height: 2)), settings: settings, threads: 1)
      .refine(energies, threads: 1)
    #expect(abs(q[0, 0, 0] - 1 / 3) < 1e-6 && abs(q[2, 0, 0] - 1 / 3) < 1e-6)
    #expect(abs(q[0, 0, 1] - 0.7) < 1e-6 && abs(q[1, 0, 1] - 0.15) < 1e-6)
    #expect(DenseCRF.labels(q) == [0, 0, 1, 2, 2, 0])
  }

  @Test("probabilities are clipped")
  func clipped() throws {
    let image = Image(width: 2, height: 1, pixels: [0, 0.25])
    let energies = try LabelEnergies(foreground: image)
    #expect(abs(energies.values[2] - 11.512925) < 1e-4 && energies.values[0] == 0)
    #expect(abs(energies.values[3] - 1.3862944) < 1e-6)
  }

  @Test("what is refused")
  func refusals() throws {
    func code(_ body: () throws -> Void) -> CRFError.Code? {
      do { try body() } catch { return (error as? CRFError)?.code }
      return nil
    }
    let image = Image(width: 2, height: 2)
    let energies = try LabelEnergies(map: [0, 1, 0, 1], width: 2, labels: 2)
    #expect(code { _ = try LabelEnergies(map: [0, 2], width: 2, labels: 2) } == .unknownLabel)
    #expect(code { _ = try LabelEnergies(map: [0, 1, 1], width: 2, labels: 2) } == .size)
    #expect(code { _ = try LabelEnergies(map: [0, 0], width: 2, labels: 1) } == .labelCount)
    #expect(
      code { _ = try LabelEnergies(probabilities: Tensor([2, 1, 1], [.nan, 1])) } == .notFinite)
    var bad = image
    bad.pixels[1] = .infinity
    #expect(code { _ = try DenseCRF(.grey(bad), threads: 1) } == .notFinite)
    bad.pixels[1] = 1e9
    #expect(code { _ = try DenseCRF(.grey(bad), threads: 1) } == .tooFine)
    var settings = DenseCRF.Settings()
    settings.gaussianSigma = 0
    #expect(code { _ = try DenseCRF(.grey(image), settings: settings, threads: 1) } == .setting)
    let other = try DenseCRF(.grey(Image(width: 4, height: 1)), threads: 1)
    #expect(code { _ = try other.refine(energies, threads: 1) } == .size)
    let large = CRFGuide.grey(Image(width: 65, height: 64))
    #expect(code { _ = try BruteForceCRF.refine(large, energies) } == .tooLarge)
  }
}
