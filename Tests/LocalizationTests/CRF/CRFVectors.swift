import Foundation
import Imaging
import Localization
import Tensors
import Testing

/// One case of `Vectors/crf.json`, which Tests/tools/make_crf_vectors.py makes with pydensecrf.
struct CRFVector: Decodable, Sendable, CustomTestStringConvertible {
  struct Result: Decodable, Sendable {
    let iterations: Int
    let q: String
  }

  let name: String
  let width: Int
  let height: Int
  let picture: String
  let grey: Bool
  let gaussian: [Float]
  let bilateral: [Float]
  let zeroUnsure: Bool
  let labels: Int
  let hard: String?
  let soft: String?
  let results: [Result]

  var testDescription: String { name }

  static let all: [CRFVector] = {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Vectors/crf.json").path
    let data = FileManager.default.contents(atPath: path) ?? Data()
    return (try? JSONDecoder().decode([CRFVector].self, from: data)) ?? []
  }()

  func settings(iterations: Int) -> DenseCRF.Settings {
    var settings = DenseCRF.Settings()
    settings.iterations = iterations
    (settings.gaussianSigma, settings.gaussianWeight) = (gaussian[0], gaussian[1])
    settings.bilateralSpatialSigma = bilateral[0]
    settings.bilateralIntensitySigma = bilateral[1]
    settings.bilateralWeight = bilateral[2]
    return settings
  }

  var color: ColorImage {
    get throws { ColorImage(width: width, height: height, bytes: try bytes(picture)) }
  }

  /// One channel; only where `grey`.
  var image: Image {
    get throws {
      let bytes = try bytes(picture)
      return Image(
        width: width, height: height, pixels: (0..<(width * height)).map { Float(bytes[$0 * 3]) })
    }
  }

  var energies: LabelEnergies {
    get throws {
      if let hard {
        return try LabelEnergies(
          map: try bytes(hard), width: width, labels: labels, zeroUnsure: zeroUnsure)
      }
      let soft = try floats(try #require(soft))
      return try LabelEnergies(probabilities: Tensor([labels, height, width], soft))
    }
  }

  /// The largest difference of a probability from those of pydensecrf, all labels but the first.
  func distance(_ q: [Float], _ result: Result) throws -> Float {
    let expected = try floats(result.q)
    let own = q.dropFirst(width * height)
    try #require(own.count == expected.count)
    return zip(own, expected).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  private func bytes(_ text: String) throws -> [UInt8] {
    [UInt8](try #require(Data(base64Encoded: text)))
  }

  private func floats(_ text: String) throws -> [Float] {
    let bytes = try bytes(text)
    return stride(from: 0, to: bytes.count, by: 4).map { at in
      Float(
        bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[at + $1]) << UInt32(8 * $1) })
    }
  }
}

/// Numbers of one seed (SplitMix64).
struct CRFRandom: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Uniform in `range`.
  mutating func floats(_ count: Int, in range: ClosedRange<Float>) -> [Float] {
    (0..<count).map { _ in Float.random(in: range, using: &self) }
  }
}
