import Imaging
import Testing
import Training

@Suite struct RelativeRunsTests {
  @Test func writesAndReadsTheKnownFixture() throws {
    var mask = Mask(width: 4, height: 4)
    for (row, column) in [(1, 1), (2, 1), (0, 2)] { mask[row, column] = true }
    #expect(RelativeRuns(mask).text == "5 2 1 1")
    var read = Mask(width: 4, height: 4)
    let runs = try #require(RelativeRuns("5 2 1 1"))
    runs.paint(on: &read)
    #expect(read == mask && runs.end == 9)
    #expect(RelativeRuns(Mask(width: 4, height: 4)).text == "-1")
    #expect(RelativeRuns("-1")?.pairs == [] && RelativeRuns("")?.pairs == [])
  }

  /// Column by column, also where the picture is no square and its last pixel is set.
  @Test func readsWhatItWrites() throws {
    let seed = UInt64.random(in: 0...999_999)
    print("seed \(seed)")
    var random = SeededRandom(seed: seed, stream: 1)
    for _ in 0..<50 {
      let (width, height) = (1 + random.integer(below: 9), 1 + random.integer(below: 9))
      let bits = (0..<width * height).map { _ in UInt8(random.integer(below: 2)) }
      let mask = Mask(width: width, height: height, bits: bits)
      let runs = try #require(RelativeRuns(RelativeRuns(mask).text))
      var read = Mask(width: width, height: height)
      runs.paint(on: &read)
      #expect(read == mask)
    }
  }

  @Test func refusesWhatIsNoRuns() {
    for text in [
      "1", "1 2 3", "-1 3", "1 -2", "a b", "1e3 2", "99999999999999999999 1", "  ", "1,2",
      "9999999999 1", "99999999 99999999",
    ] {
      #expect(RelativeRuns(text) == nil, "\(text)")
    }
  }
}
