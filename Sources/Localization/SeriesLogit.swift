/// From what a classifier says of slices to what is said of a series.
package enum SeriesLogit {
  /// The mean of the `top` strongest slices; one more slice with a lesion never lowers it. Slices
  /// that were not read (too little lung) are nil. nil when none was read.
  package static func of(_ slices: [Double?], top: Int) -> Double? {
    let strongest = slices.compactMap { $0 }.sorted(by: >).prefix(max(1, top))
    guard !strongest.isEmpty else { return nil }
    return strongest.reduce(0, +) / Double(strongest.count)
  }

  /// Slices with less lung than this share of the picture are not read.
  package static let leastLungShare = 0.005
}
