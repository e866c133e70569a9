import Findings
import Imaging
import Scoring
import Testing

struct FindingSideTests {
  @Test func weakRegionsDoNotNameASide() {
    #expect(FindingSide(of: [(.left, 8), (.right, 1)]) == .left)
    #expect(FindingSide(of: [(.left, 8), (.right, 4)]) == .both)
    #expect(FindingSide(of: [(nil, 8), (.right, 5)]) == .right)
    #expect(FindingSide(of: [(nil, 8), (.right, 1)]) == nil)
    #expect(FindingSide(of: []) == nil)
  }
}
