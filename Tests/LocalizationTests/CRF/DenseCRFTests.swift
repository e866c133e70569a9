import Imaging
import Localization
import Tensors
import Testing

@Suite("Dense CRF")
struct DenseCRFTests {
  @Test("as pydensecrf after 1, 5 and 10 iterations", arguments: CRFVector.all)
  func parity(_ vector: CRFVector) throws {
    for result in vector.results {
      let settings = vector.settings(iterations: result.iterations)
      let guide =
        vector.grey ? CRFGuide.replicated(try vector.image) : CRFGuide.color(try vector.color)
      let crf = try DenseCRF(guide, settings: settings, threads: 2)
      let q = try crf.refine(try vector.energies, threads: 2)
      let distance = try vector.distance(q.values, result)
      print("crf \(vector.name) after \(result.iterations): largest difference \(distance)")
      #expect(distance < 1e-5)
    }
  }

  @Test("the vectors are there")
  func vectors() {
    #expect(CRFVector.all.count == 7)
  }

  /// The published numbers of this fixture: the lattice by pydensecrf, the brute force by numpy.
  @Test("the fixture of 8 x 8: lattice and brute force")
  func fixture() throws {
    let card = try #require(CRFVector.all.first { $0.name == "card" })
    let image = try card.image
    let lattice: [Float] = [
      0.01478, 0.08448, 0.553574, 0.728129, 0.74321, 0.171917, 0.019212, 0.008742,
    ]
    let brute = [0.015291, 0.099038, 0.620654, 0.686599, 0.73648, 0.184428, 0.017575, 0.008431]
    let settings = card.settings(iterations: 1)
    let q = try DenseCRF(.replicated(image), settings: settings, threads: 1)
      .refine(card.energies, threads: 1)
    let exact = try BruteForceCRF.refine(.color(card.color), card.energies, settings: settings)
    for column in 0..<8 {
      #expect(abs(q[1, 3, column] - lattice[column]) < 2e-6)
      #expect(abs(exact[64 + 24 + column] - brute[column]) < 2e-6)
    }
    #expect(abs(q.values[64...].reduce(0, +) - 9.131871) < 1e-5)
    #expect(abs(exact[64...].reduce(0, +) - 9.280118) < 1e-5)
  }

  @Test("scaled to the picture, the settings find a small object that the published ones blur")
  func scaledSettings() throws {
    let side = 64
    var generator = CRFRandom(state: 7)
    var image = Image(width: side, height: side)
    var map = [UInt8](repeating: 0, count: side * side)
    var truth = map
    let noise = generator.floats(side * side, in: -7...7)
    for row in 0..<side {
      for column in 0..<side {
        let inside = (row - 26) * (row - 26) + (column - 20) * (column - 20) < 20
        let near = (row - 27) * (row - 27) + (column - 19) * (column - 19) < 26
        image[row, column] = 120 - (inside ? 14 : 0) + noise[row * side + column]
        truth[row * side + column] = inside ? 1 : 0
        map[row * side + column] = near ? 1 : 0
      }
    }
    let energies = try LabelEnergies(map: map, width: side, labels: 2)
    func overlap(_ settings: DenseCRF.Settings) throws -> Float {
      let q = try DenseCRF(.grey(image), settings: settings, threads: 1)
        .refine(energies, threads: 1)
      let labels = DenseCRF.labels(q)
      let both = zip(labels, truth).filter { $0 == 1 && $1 == 1 }.count
      return Float(both) / Float(zip(labels, truth).filter { $0 == 1 || $1 == 1 }.count)
    }
    let published = try overlap(.init())
    let scaled = try overlap(DenseCRF.Settings().scaled(width: side, height: side))
    print("crf small object: published \(published), scaled \(scaled)")
    #expect(published < 0.8)
    #expect(scaled > 0.85)
  }

  @Test("what scaling makes of the published settings")
  func scaling() {
    let published = DenseCRF.Settings()
    #expect(published.scaled(width: 512, height: 300) == published)
    let small = published.scaled(width: 48, height: 64)
    #expect(small.bilateralSpatialSigma == 6.25 && small.gaussianSigma == 1)
    #expect(small.bilateralWeight == 3 && small.referenceSide == 64)
    #expect(published.scaled(width: 16, height: 16).bilateralSpatialSigma == 4)
    #expect(published.scaled(width: 256, height: 256).bilateralWeight == 5)
    #expect(published.scaled(width: 1024, height: 1).gaussianSigma == 6)
  }

  @Test("the same bits for any number of threads", arguments: [2, 3, 6, 12])
  func threads(labels: Int) throws {
    var generator = CRFRandom(state: UInt64(labels))
    let (width, height) = (211, 190)
    let image = Image(
      width: width, height: height, pixels: generator.floats(width * height, in: 60...75))
    let map = generator.floats(width * height, in: 0...(Float(labels) - 0.01)).map(UInt8.init)
    let energies = try LabelEnergies(map: map, width: width, labels: labels)
    var settings = DenseCRF.Settings()
    settings.iterations = 3
    let one = try DenseCRF(.grey(image), settings: settings, threads: 1)
      .refine(energies, threads: 1)
    let many = try DenseCRF(.grey(image), settings: settings, threads: 5)
      .refine(energies, threads: 5)
    #expect(one == many)
    for pixel in 0..<(width * height) {
      let sum = (0..<labels).reduce(Float(0)) { $0 + one.values[$1 * width * height + pixel] }
      #expect(abs(sum - 1) < 1e-5)
    }
  }
}
