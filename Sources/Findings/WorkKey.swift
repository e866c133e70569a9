import Imaging

/// The identity of a piece of work: the same key is never done twice.
///
/// Study, input bytes, model and plan; outputs derive their UIDs from it, so that a second run
/// makes the same objects.
package struct WorkKey: Sendable, Hashable {
  package let studyInstanceUID: String
  /// `WorkKey.inputDigest` of the study's instances.
  package let inputDigest: String
  /// SHA-256 of the model package.
  package let modelDigest: String
  /// The version of everything between bytes and findings that is not the model.
  package let planVersion: String

  package init(
    studyInstanceUID: String, inputDigest: String, modelDigest: String, planVersion: String
  ) {
    self.studyInstanceUID = studyInstanceUID
    self.inputDigest = inputDigest
    self.modelDigest = modelDigest
    self.planVersion = planVersion
  }

  /// SHA-256 of the four parts in canonical encoding, 64 hexadecimal digits: the unique key of
  /// a row of `run`.
  package var digest: String {
    var fields = CanonicalEncoding()
    for part in [studyInstanceUID, inputDigest, modelDigest, planVersion] { fields.add(part) }
    return fields.digest
  }

  /// SHA-256 over the pairs (SOP Instance UID, SHA-256 of the file), sorted; the order given does
  /// not matter.
  package static func inputDigest(
    of instances: some Sequence<(sopInstanceUID: String, sha256: String)>
  ) -> String {
    var fields = CanonicalEncoding()
    for pair in instances.sorted(by: {
      ($0.sopInstanceUID, $0.sha256) < ($1.sopInstanceUID, $1.sha256)
    }) {
      fields.add(pair.sopInstanceUID)
      fields.add(pair.sha256)
    }
    return fields.digest
  }
}

/// One byte string for one list of values: each field is its kind, its length and its bytes, so
/// that no two lists share an encoding.
struct CanonicalEncoding {
  private(set) var bytes: [UInt8] = []

  mutating func add(_ text: String?) {
    guard let text else { return field("n", []) }
    field("t", Array(text.utf8))
  }

  mutating func add(_ number: Int64?) {
    guard let number else { return field("n", []) }
    field("i", Array(String(number).utf8))
  }

  /// By bit pattern, with one zero.
  mutating func add(_ number: Double?) {
    guard let number else { return field("n", []) }
    let bits = (number == 0 ? 0.0 : number).bitPattern
    field("d", Array(String(bits, radix: 16).utf8))
  }

  var digest: String { SHA256.hex(of: bytes) }

  private mutating func field(_ kind: Character, _ content: [UInt8]) {
    bytes += Array("\(kind)\(content.count):".utf8)
    bytes += content
  }
}
