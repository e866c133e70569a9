import Findings
import Foundation
import Testing

@Suite struct DigestTests {
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
