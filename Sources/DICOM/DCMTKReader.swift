import Imaging

/// Reads files in this process: a guard of our own, then DCMTK and OpenJPEG.
///
/// It keeps no state, so that several threads may use one reader.
package struct DCMTKReader: InstanceReader {
  package let limits: Limits

  package init(limits: Limits = Limits()) {
    self.limits = limits
  }

  package func read(path: String) throws -> Instance {
    try DICOMFile.read(path: path, limits: limits)
  }

  /// Stored values as they are: for tests, and for objects that are not intensities.
  package func storedFrame(of instance: Instance, frame: Int) throws -> StoredFrame {
    try OpenImage(instance, limits: limits).frame(frame)
  }

  package func density(of instance: Instance, frame: Int = 0) throws -> Image {
    let image = try OpenImage(instance, limits: limits)
    return try GrayscaleFrame(image, frame: frame).density()
  }

  package func windowed(_ instance: Instance, frame: Int = 0) throws -> Image {
    let image = try OpenImage(instance, limits: limits)
    return try GrayscaleFrame(image, frame: frame).windowed()
  }

  package func film(
    of instance: Instance, frame: Int = 0
  ) throws -> (density: Image, windowed: Image) {
    let image = try OpenImage(instance, limits: limits)
    let grayscale = try GrayscaleFrame(image, frame: frame)
    return (grayscale.density(), grayscale.windowed())
  }

  package func hounsfield(of instance: Instance, frame: Int = 0) throws -> Image {
    let image = try OpenImage(instance, limits: limits)
    return try HounsfieldFrame(image, frame: frame).picture()
  }

  package func volume(of instances: [Instance]) throws -> (volume: Volume, report: VolumeReport) {
    try VolumeReading(instances: instances, limits: limits).volume()
  }

  package func stack(of instances: [Instance]) throws -> SeriesStack {
    try SeriesStack(instances, limits: limits)
  }
}
