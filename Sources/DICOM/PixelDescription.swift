/// The image pixel module (PS3.3 C.7.6.3): how stored values lie in Pixel Data.
package struct PixelDescription: Sendable, Hashable {
  package var rows: Int
  package var columns: Int
  package var numberOfFrames: Int
  package var samplesPerPixel: Int
  /// Photometric Interpretation (0028,0004), such as `MONOCHROME2`.
  package var photometricInterpretation: String
  package var bitsAllocated: Int
  package var bitsStored: Int
  package var highBit: Int
  /// Pixel Representation (0028,0103) is 1.
  package var isSigned: Bool
  /// Planar Configuration (0028,0006) is 1: colour by plane.
  package var isPlanar: Bool

  package init(
    rows: Int, columns: Int, numberOfFrames: Int = 1, samplesPerPixel: Int = 1,
    photometricInterpretation: String = "MONOCHROME2", bitsAllocated: Int = 16,
    bitsStored: Int = 16, highBit: Int? = nil, isSigned: Bool = false, isPlanar: Bool = false
  ) {
    self.rows = rows
    self.columns = columns
    self.numberOfFrames = numberOfFrames
    self.samplesPerPixel = samplesPerPixel
    self.photometricInterpretation = photometricInterpretation
    self.bitsAllocated = bitsAllocated
    self.bitsStored = bitsStored
    self.highBit = highBit ?? bitsStored - 1
    self.isSigned = isSigned
    self.isPlanar = isPlanar
  }

  package var isMonochrome: Bool {
    samplesPerPixel == 1 && photometricInterpretation.hasPrefix("MONOCHROME")
  }

  /// The lowest and the highest value that `bitsStored` can hold.
  package var storedRange: ClosedRange<Int> {
    isSigned
      ? -(1 << (bitsStored - 1))...((1 << (bitsStored - 1)) - 1) : 0...((1 << bitsStored) - 1)
  }
}
