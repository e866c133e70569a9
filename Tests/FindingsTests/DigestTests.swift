import Findings
import Foundation
import Testing

@Suite struct DigestTests {
  /// Test vectors of FIPS 180-4 (NIST's example values).
  @Test func knownVectors() {
    #expect(
      SHA256.hexadecimal(of: "abc".utf8)
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      SHA256.hexadecimal(of: "".utf8)
        == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(
      SHA256.hexadecimal(of: "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8)
        == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
    #expect(
      SHA256.hexadecimal(of: [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000))
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func piecesGiveTheSameDigest() {
    let bytes = (0..<1000).map { UInt8($0 % 251) }
    for size in [1, 3, 63, 64, 65, 200] {
      var hash = SHA256()
      for start in stride(from: 0, to: bytes.count, by: size) {
        Array(bytes[start..<min(start + size, bytes.count)]).withUnsafeBytes { hash.update($0) }
      }
      #expect(hash.finish() == SHA256.hexadecimal(of: bytes))
    }
  }

  @Test func theWorkKeyDependsOnEveryPartAndNotOnTheOrder() {
    let pairs = [(sopInstanceUID: "1.2", sha256: "aa"), (sopInstanceUID: "1.3", sha256: "bb")]
    let digest = WorkKey.inputDigest(of: pairs)
    #expect(digest == WorkKey.inputDigest(of: pairs.reversed()))
    #expect(digest != WorkKey.inputDigest(of: pairs.dropLast()))
    func key(_ a: String, _ b: String, _ c: String, _ d: String) -> String {
      WorkKey(studyInstanceUID: a, inputDigest: b, modelDigest: c, planVersion: d).digest
    }
    let keys = [
      key("a", "b", "c", "d"), key("x", "b", "c", "d"), key("a", "x", "c", "d"),
      key("a", "b", "x", "d"), key("a", "b", "c", "x"), key("ab", "", "c", "d"),
      key("", "ab", "c", "d"),
    ]
    #expect(Set(keys).count == keys.count)
  }
}
