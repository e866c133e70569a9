/// Thresholds that part values into classes of the largest variance between them (Otsu 1979; Liao,
/// Chen and Chung 2001), over a histogram of 256 bins as scikit-image's `threshold_multiotsu`.
package struct MultiOtsu: Sendable, Equatable {
  /// One less than classes, ascending: the centres of the last bin of each class but the last.
  package let thresholds: [Float]
  /// The upper edges of those bins, which part the values as the histogram did: a value belongs to the
  /// class of the number of edges that it reaches.
  package let edges: [Float]
  private static let bins = 256

  /// - Parameters:
  ///   - values: finite.
  ///   - classes: 2 and more.
  /// nil where fewer bins than classes hold values.
  package init?(_ values: [Float], classes: Int) {
    let bins = Self.bins
    precondition(classes >= 2)
    guard let least = values.min(), let most = values.max(), least < most else { return nil }
    let (low, width) = (Double(least), (Double(most) - Double(least)) / Double(bins))
    var counts = [Double](repeating: 0, count: bins)
    for value in values {
      counts[min(bins - 1, Int((Double(value) - low) / width))] += 1
    }
    guard counts.count(where: { $0 > 0 }) >= classes else { return nil }
    // The sums of shares, and of shares times their bins, up to each bin.
    var (share, moment) = ([0.0], [0.0])
    for (bin, count) in counts.enumerated() {
      share.append(share[bin] + count / Double(values.count))
      moment.append(moment[bin] + Double(bin) * count / Double(values.count))
    }
    func variance(_ begin: Int, _ end: Int) -> Double {
      let weight = share[end] - share[begin]
      let sum = moment[end] - moment[begin]
      return weight > 0 ? sum * sum / weight : 0
    }
    // best[end]: of the classes so far, the last of which ends before this bin.
    var best = (0...bins).map { variance(0, $0) }
    var cuts: [[Int]] = []
    for number in 1..<classes {
      var (next, from) = (
        [Double](repeating: -1, count: bins + 1), [Int](repeating: 0, count: bins + 1)
      )
      for end in number + 1...bins {
        for begin in number..<end where best[begin] + variance(begin, end) > next[end] {
          next[end] = best[begin] + variance(begin, end)
          from[end] = begin
        }
      }
      best = next
      cuts.append(from)
    }
    var (end, found) = (bins, [Int]())
    for from in cuts.reversed() {
      end = from[end]
      found.append(end)
    }
    thresholds = found.reversed().map { Float(low + (Double($0 - 1) + 0.5) * width) }
    edges = found.reversed().map { Float(low + Double($0) * width) }
  }
}
