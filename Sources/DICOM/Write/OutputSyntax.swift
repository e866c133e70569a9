/// The transfer syntaxes this program writes (PS3.5 A).
package enum OutputSyntax: String, Sendable, CaseIterable {
  case implicitLittleEndian = "1.2.840.10008.1.2"
  case explicitLittleEndian = "1.2.840.10008.1.2.1"
  case deflatedExplicitLittleEndian = "1.2.840.10008.1.2.1.99"
  case explicitBigEndian = "1.2.840.10008.1.2.2"
  /// JPEG Baseline, 8 bit, lossy.
  case jpegBaseline = "1.2.840.10008.1.2.4.50"
  /// JPEG Extended, 8 or 12 bit, lossy.
  case jpegExtended = "1.2.840.10008.1.2.4.51"
  case jpegLosslessSV1 = "1.2.840.10008.1.2.4.70"
  case jpegLSLossless = "1.2.840.10008.1.2.4.80"
  case jpeg2000Lossless = "1.2.840.10008.1.2.4.90"
  case rleLossless = "1.2.840.10008.1.2.5"

  package var isLossy: Bool { self == .jpegBaseline || self == .jpegExtended }
}
