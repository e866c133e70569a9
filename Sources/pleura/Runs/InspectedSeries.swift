import DICOM
import Findings
import Imaging

/// One CT series as `inspect --volume` shows it.
struct InspectedSeries {
  fileprivate struct Measured {
    let columns: Int
    let rows: Int
    let slices: Int
    let inPlane: PixelSpacing
    let report: VolumeReport
    let hounsfield: (least: Float, mean: Double, most: Float)
  }

  private let number: Int
  private let instances: Int
  private let result: Result<Measured, DICOMError>

  var isRefused: Bool {
    if case .failure = result { true } else { false }
  }

  /// Builds the volumes one after another: only one is held at a time.
  static func all(of slices: [Instance], reader: DCMTKReader) -> [InspectedSeries] {
    var order: [UID] = []
    var members: [UID: [Instance]] = [:]
    for slice in slices {
      if members[slice.seriesInstanceUID] == nil { order.append(slice.seriesInstanceUID) }
      members[slice.seriesInstanceUID, default: []].append(slice)
    }
    return order.enumerated().map { index, uid in
      let instances = members[uid] ?? []
      return InspectedSeries(
        number: index + 1, instances: instances.count,
        result: Result { try reader.volume(of: instances) }
          .map { Measured($0.volume, $0.report) }
          .mapError { $0 as? DICOMError ?? DICOMError(.internalFailure) })
    }
  }

  static func table(of series: [InspectedSeries]) -> TextTable {
    TextTable(
      columns: [
        "series", "files", "columns", "rows", "slices", "pixel-spacing-mm", "slice-spacing-mm",
        "gaps", "duplicates", "conflicts", "other-stacks", "tilt-degrees", "padded-voxels",
        "least-hu", "mean-hu", "most-hu", "reason", "place", "advice",
      ], rows: series.map(\.cells))
  }

  private var cells: [TextTable.Cell] {
    let head: [TextTable.Cell] = [.integer(Int64(number)), .integer(Int64(instances))]
    switch result {
    case .success(let measured): return head + measured.cells + [.empty, .empty, .empty]
    case .failure(let error):
      return head + Array(repeating: .empty, count: 14) + [
        .text(error.code.rawValue), .text(error.place.description), .text(error.advice),
      ]
    }
  }
}

extension InspectedSeries.Measured {
  init(_ volume: Volume, _ report: VolumeReport) {
    columns = volume.columns
    rows = volume.rows
    slices = volume.slices
    inPlane = volume.planes[0].spacing
    self.report = report
    hounsfield = Self.summary(volume.voxels)
  }

  /// Voxels of at least one slice.
  private static func summary(_ voxels: [Float]) -> (least: Float, mean: Double, most: Float) {
    var least = SIMD8<Float>(repeating: .infinity)
    var most = -least
    var sum = SIMD8<Double>.zero
    let whole = voxels.count / 8 * 8
    voxels.withUnsafeBytes { bytes in
      for index in stride(from: 0, to: whole, by: 8) {
        let values = bytes.loadUnaligned(fromByteOffset: index * 4, as: SIMD8<Float>.self)
        least.replace(with: values, where: values .< least)
        most.replace(with: values, where: values .> most)
        sum += SIMD8<Double>(values)
      }
    }
    let rest = voxels[whole...]
    let total = rest.reduce(sum.sum()) { $0 + Double($1) }
    return (
      min(least.min(), rest.min() ?? .infinity), total / Double(max(1, voxels.count)),
      max(most.max(), rest.max() ?? -.infinity)
    )
  }

  var cells: [TextTable.Cell] {
    func count(_ number: Int) -> TextTable.Cell { .integer(Int64(number)) }
    let inPlane =
      inPlane.row == inPlane.column
      ? "\(inPlane.row)" : "\(inPlane.row)\\\(inPlane.column)"
    return [
      count(columns), count(rows), count(slices), .text(inPlane),
      .number(report.spacingMillimetres), count(report.gaps.count),
      count(report.duplicates.count), count(report.duplicates.count { !$0.samePixels }),
      count(report.otherStacks.count), .number(report.tiltDegrees), count(report.paddedVoxels),
      .number(Double(hounsfield.least)), .number(hounsfield.mean),
      .number(Double(hounsfield.most)),
    ]
  }
}
