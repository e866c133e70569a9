/// Which rounding errors the algorithms of a convolution may have.
///
/// The largest, relative to the largest value: with 64 source channels 0.7e-6 by direct sums,
/// 1.5e-6 by F(4x4, 3x3) and 8e-6 by F(6x6, 3x3); three times as much with 512.
package enum ConvolutionChoice: String, Sendable, Hashable, CaseIterable {
  /// Never by Winograd.
  case exact
  /// By F(4x4, 3x3) where it serves.
  case standard
  /// By F(6x6, 3x3) where it is faster: its packed weights are 64 / 36 of the standard's.
  case fast
}
