import Imaging

/// Reads DICOM files. Every call opens, uses and closes its file; calls on several threads are
/// independent.
package protocol InstanceReader: Sendable {
  /// Reads the header, and the bytes once for their SHA-256; pixels are not decoded.
  /// - Throws: `DICOMError`.
  func read(path: String) throws -> Instance

  /// Presentation-independent density of a single-channel image, `0...1`, 1 the most attenuating
  /// (shown bright): modality transform applied, MONOCHROME1 inverted, scaled by the possible
  /// range of stored values, no window.
  /// - Throws: `DICOMError`, for colour with `unsupportedPixelFormat`.
  func density(of instance: Instance, frame: Int) throws -> Image

  /// The image as its VOI transform shows it, `0...1`, 1 white: for previews, not for scoring.
  func windowed(_ instance: Instance, frame: Int) throws -> Image

  /// `density` and `windowed` of one frame, decoded once.
  /// - Throws: as `density`.
  func film(of instance: Instance, frame: Int) throws -> (density: Image, windowed: Image)

  /// One CT frame in Hounsfield units; padding is -1024.
  func hounsfield(of instance: Instance, frame: Int) throws -> Image

  /// The frames of one CT series in Hounsfield units, sorted along the plane normal.
  /// - Throws: `DICOMError`: `missingGeometry`, `mixedSeries`, or that of a slice.
  func volume(of instances: [Instance]) throws -> (volume: Volume, report: VolumeReport)

  /// The same slice by slice.
  /// - Throws: as `volume`; errors of pixels when a slice is asked for.
  func stack(of instances: [Instance]) throws -> SeriesStack
}
