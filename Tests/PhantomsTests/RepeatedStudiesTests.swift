import Foundation
import Imaging
import Phantoms
import Testing

struct RepeatedStudiesTests {
  /// Odd bitstreams are padded: the byte must not be what the memory held before.
  @Test func theSameSeedWritesTheSameBytes() throws {
    let root = NSTemporaryDirectory() + "pleura-repeat-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: root) }
    var digests: [[String?]] = []
    for name in ["a", "b"] {
      var options = PhantomStudies.Options(
        kind: .computedTomography, count: 1, seed: 6, size: 64, folder: root + "/" + name)
      options.slices = 24
      let manifest = try PhantomStudies.write(options)
      digests.append(manifest.files.map { SHA256.ofFile("\(options.folder)/\($0.path)")?.sha256 })
    }
    #expect(digests[0].count == 24 && !digests[0].contains(nil))
    #expect(digests[0] == digests[1])
  }
}
