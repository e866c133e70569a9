import Foundation
import Imaging

/// What a written set holds: how to make it again, and the truth of each file.
package struct PhantomManifest: Sendable, Codable {
  /// What a reader must make of a file.
  package enum Expectation: String, Sendable, Codable {
    case image
    case duplicate
    case broken
    case nonImage = "non-image"
  }

  package struct File: Sendable, Codable {
    /// Relative to the manifest's folder.
    package var path: String
    package var expected: Expectation
    package var studyInstanceUID: String
    package var sopInstanceUID: String
    package var transferSyntaxUID: String
    package var modality: String
    package var photometricInterpretation: String
    /// `pneumothorax`, `normal`, or the kinds of CT lesion that the slice's series has.
    package var label: String
    package var side: String?
    /// Binary PNG of the size of the image, relative path; nil where nothing is marked.
    package var truth: String?
    package var truthPixels: Int
    /// Nil without pixel spacing.
    package var truthSquareMillimetres: Double?
    package var note: String?
  }

  package var command: String
  package var seed: UInt64
  package var files: [File] = []

  package init(command: String, seed: UInt64) {
    self.command = command
    self.seed = seed
  }

  package func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(Array(try encoder.encode(self)) + [0x0A], to: path)
  }
}
