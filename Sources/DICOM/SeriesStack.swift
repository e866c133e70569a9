import Imaging

/// The slices of one CT series in Hounsfield units, sorted along the plane normal, decoded when they
/// are asked for: one at a time in memory, whatever the length of the series.
///
/// The file read last stays open, so that the frames of a multi-frame object cost one opening. Used
/// by one thread.
package final class SeriesStack: SliceStack {
  package let columns: Int
  package let rows: Int
  package let planes: [PlaneGeometry]
  /// What was found while frames became a stack; nothing of it is repaired in silence.
  package let report: VolumeReport
  let slices: [SliceOrder.Slice]
  private let instances: [Instance]
  private let limits: Limits
  private var open: (instance: Int, image: OpenImage)?

  /// The largest stack of the series; frames of other stacks are listed in the report.
  /// - Throws: `missingGeometry`, `mixedSeries`, `notComputedTomography`, `noPixelData`, and for two
  ///   slices of one place those of decoding them.
  init(_ instances: [Instance], limits: Limits) throws {
    try Self.checkSeries(instances)
    let order = try SliceOrder(instances)
    let (slices, dropped) = SliceOrder.unique(order.stacks[0])
    let first = instances[slices[0].instance]
    (rows, columns) = (first.rows, first.columns)
    (self.instances, self.slices, self.limits) = (instances, slices, limits)
    planes = slices.map(\.plane)
    var report = VolumeReport()
    report.sources = slices.map(\.reference)
    report.otherStacks = order.stacks.dropFirst().flatMap { $0.map(\.reference) }
    (report.spacingMillimetres, report.gaps) = SliceOrder.spacing(slices)
    report.tiltDegrees = SliceOrder.tilt(slices)
    report.duplicates = try dropped.map { extra, kept in
      VolumeReport.Duplicate(
        dropped: extra.reference, kept: kept.reference,
        samePixels: try Self.digest(extra, instances, limits)
          == Self.digest(kept, instances, limits))
    }
    self.report = report
  }

  package func slice(_ index: Int) throws -> Image {
    try HounsfieldFrame(image(of: slices[index]), frame: slices[index].reference.frame).picture()
  }

  /// Writes a slice to memory for rows x columns values. Returns how many were padding.
  func write(_ index: Int, to target: UnsafeMutableBufferPointer<Float>) throws -> Int {
    try HounsfieldFrame(image(of: slices[index]), frame: slices[index].reference.frame)
      .write(to: target)
  }

  /// Slices in the order in which each file is opened once.
  var byFile: [Int] {
    slices.indices.sorted {
      (slices[$0].instance, slices[$0].reference.frame)
        < (slices[$1].instance, slices[$1].reference.frame)
    }
  }

  private func image(of slice: SliceOrder.Slice) throws -> OpenImage {
    if let open, open.instance == slice.instance { return open.image }
    open = nil
    let image = try OpenImage(instances[slice.instance], limits: limits)
    open = (slice.instance, image)
    return image
  }

  private static func digest(
    _ slice: SliceOrder.Slice, _ instances: [Instance], _ limits: Limits
  ) throws -> [UInt8] {
    let file = try OpenImage(instances[slice.instance], limits: limits)
    let digest = SHA256.Hasher()
    try HounsfieldFrame(file, frame: slice.reference.frame).picture().pixels
      .withUnsafeBytes { digest.update($0) }
    return digest.finish()
  }

  /// One series, CT only, each object once.
  private static func checkSeries(_ instances: [Instance]) throws(DICOMError) {
    guard let first = instances.first else { throw DICOMError(.noPixelData) }
    for instance in instances {
      guard instance.seriesInstanceUID == first.seriesInstanceUID else {
        throw DICOMError(
          .mixedSeries, at: .attribute(.seriesInstanceUID), valueClass: .inconsistent)
      }
      guard instance.kind == .computedTomography else {
        throw DICOMError(.notComputedTomography, at: .attribute(.sopClassUID))
      }
    }
  }
}
