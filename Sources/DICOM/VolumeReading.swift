import Glibc
import Imaging

func arcCosine(_ x: Double) -> Double { acos(x) }

/// Frames of one CT series to a volume in Hounsfield units.
struct VolumeReading {
  let instances: [Instance]
  let limits: Limits

  /// The largest stack of the series; frames of other stacks are listed in the report.
  func volume() throws -> (volume: Volume, report: VolumeReport) {
    try checkSeries()
    let order = try SliceOrder(instances)
    let (slices, dropped) = SliceOrder.unique(order.stacks[0])
    var report = VolumeReport()
    report.sources = slices.map(\.reference)
    report.otherStacks = order.stacks.dropFirst().flatMap { $0.map(\.reference) }
    (report.spacingMillimetres, report.gaps) = SliceOrder.spacing(slices)
    report.tiltDegrees = SliceOrder.tilt(slices)
    let first = instances[slices[0].instance]
    let (rows, columns) = (first.rows, first.columns)
    let size = rows * columns
    guard size * slices.count <= limits.decodedBytes / 4 else {
      throw DICOMError(.decodedSizeExceedsLimit, valueClass: .outOfRange)
    }
    var digests: [VolumeReport.FrameReference: [UInt8]] = [:]
    let voxels = try [Float](unsafeUninitializedCapacity: size * slices.count) { target, used in
      digests = try fill(target, with: slices, comparing: dropped, report: &report)
      used = size * slices.count
    }
    report.duplicates = dropped.map { extra, kept in
      VolumeReport.Duplicate(
        dropped: extra.reference, kept: kept.reference,
        samePixels: digests[extra.reference] == digests[kept.reference])
    }
    let volume = Volume(
      columns: columns, rows: rows, planes: slices.map(\.plane), voxels: voxels)
    return (volume, report)
  }

  /// Writes every slice to its place in `target`, and gives the digests of the slices that share
  /// a place.
  private func fill(
    _ target: UnsafeMutableBufferPointer<Float>, with slices: [SliceOrder.Slice],
    comparing dropped: [(SliceOrder.Slice, SliceOrder.Slice)], report: inout VolumeReport
  ) throws -> [VolumeReport.FrameReference: [UInt8]] {
    let size = target.count / slices.count
    var digests: [VolumeReport.FrameReference: [UInt8]] = [:]
    var wanted = Dictionary(grouping: slices.indices, by: { slices[$0].instance })
    let compared = Set(dropped.flatMap { [$0.0.reference, $0.1.reference] })
    for extra in dropped where wanted[extra.0.instance] == nil { wanted[extra.0.instance] = [] }
    // File by file, so that a multi-frame object is opened once.
    for (index, positions) in wanted.sorted(by: { $0.key < $1.key }) {
      let file = try OpenImage(instances[index], limits: limits)
      for position in positions {
        let place = UnsafeMutableBufferPointer(
          rebasing: target[position * size..<(position + 1) * size])
        report.paddedVoxels += try HounsfieldFrame(
          file, frame: slices[position].reference.frame
        ).write(to: place)
      }
      for reference in compared where reference.sopInstanceUID == file.instance.sopInstanceUID {
        let image = try HounsfieldFrame(file, frame: reference.frame).picture()
        digests[reference] = Self.digest(image)
      }
    }
    return digests
  }

  private static func digest(_ image: Image) -> [UInt8] {
    let digest = SHA256.Hasher()
    image.pixels.withUnsafeBytes { digest.update($0) }
    return digest.finish()
  }

  /// One series, CT only, each object once.
  private func checkSeries() throws(DICOMError) {
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
