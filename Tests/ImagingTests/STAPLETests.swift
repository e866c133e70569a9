import Imaging
import Testing

@Suite struct STAPLETests {
  private let readers = [
    ImagingVectors.reader0, ImagingVectors.reader1, ImagingVectors.reader2, ImagingVectors.reader3,
  ]

  @Test func truthAndReadersAreThoseOfITK() {
    let found = STAPLE(readers)
    #expect(
      zip(found.probabilities, ImagingVectors.staple).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(zip(found.sensitivity, ImagingVectors.sensitivity).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(zip(found.specificity, ImagingVectors.specificity).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test func oneReaderIsBelieved() {
    let found = STAPLE([[0, 1, 1, 0, 0, 0]])
    #expect(found.probabilities.map { $0 > 0.5 } == [false, true, true, false, false, false])
  }

  @Test func nothingMarkedIsNothingTrue() {
    let found = STAPLE([[0, 0, 0], [0, 0, 0]])
    #expect(found.probabilities == [0, 0, 0])
  }
}
