/// How the integer coordinates of lattice vertices are packed into one number.
///
/// Coordinate `i` of `0 ..< d` is a digit of a mixed radix; the last coordinate of the d + 1 is
/// minus the sum of the others and is left out. The digits have room for every vertex of the
/// features and for their neighbours, so that a step to another vertex is one addition.
struct LatticeKeys: Sendable {
  /// Worth of one unit of each of the d + 1 coordinates; 0 for the last.
  let radix: [UInt64]
  /// The least coordinates that are packed.
  let low: [Float]
  /// From the corner of remainder r - 1 to that of r of the same simplex, by the coordinate that
  /// falls by d: all others rise by 1 (Adams, Baek and Davis 2010, p. 4).
  let steps: [UInt64]

  /// `bounds`: least and largest elevated value of each of the first d coordinates.
  init(bounds: [ClosedRange<Float>]) throws(CRFError) {
    let d = bounds.count
    let margin = Float(4 * (d + 1))
    var radix: [UInt64] = []
    var low: [Float] = []
    var worth = UInt64(1)
    for bound in bounds {
      // A float has 24 bits: some must be left for the place within a cell.
      guard bound.lowerBound > -0x1p20, bound.upperBound < 0x1p20 else { throw CRFError(.tooFine) }
      radix.append(worth)
      low.append(bound.lowerBound.rounded(.down) - margin)
      let digits = UInt64(bound.upperBound.rounded(.up) + margin - low[low.count - 1]) + 1
      let (product, overflow) = worth.multipliedReportingOverflow(by: digits)
      guard !overflow, product < 1 << 63 else { throw CRFError(.tooFine) }
      worth = product
    }
    let ones = radix.reduce(0, +)
    self.radix = radix + [0]
    self.low = low
    steps = (radix + [0]).map { ones &- UInt64(d + 1) &* $0 }
  }

  /// From a vertex to one of its two neighbours along each of the d + 1 axes; minus that leads to
  /// the other one.
  var neighbourSteps: [UInt64] { steps.map { 0 &- $0 } }

  /// `low` and `radix` for inner loops.
  struct Digits {
    let low: UnsafePointer<Float>
    let radix: UnsafePointer<UInt64>
  }

  @inline(__always)
  func withDigits(_ body: (Digits) -> Void) {
    low.withUnsafeBufferPointer { low in
      radix.withUnsafeBufferPointer { radix in
        guard let low = low.baseAddress, let radix = radix.baseAddress else { return }
        body(Digits(low: low, radix: radix))
      }
    }
  }
}
