/// How pictures of 8 bits are read as CT slices: exports that have lost their Hounsfield units.
///
/// Without it they are refused. Written in recipes and model packages, so that a model reads such
/// pictures as it did when it was trained.
package struct SlicePictures: Sendable, Hashable, Codable {
  /// Hounsfield units of the stored values 0 and 255: the window of the export.
  package var low: Double
  package var high: Double
  /// Whether they show the lungs alone, 0 outside: what is above 0 is lung, unless lungs are drawn.
  package var showsLungsAlone: Bool

  package init(low: Double, high: Double, showsLungsAlone: Bool) {
    self.low = low
    self.high = high
    self.showsLungsAlone = showsLungsAlone
  }

  /// Whether the window is one.
  package var isSound: Bool { low.isFinite && high.isFinite && low < high }
}
