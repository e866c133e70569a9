import Glibc
import Imaging

func arcCosine(_ x: Double) -> Double { acos(x) }

/// A whole series in memory: for those who look at it all at once.
struct VolumeReading {
  let instances: [Instance]
  let limits: Limits

  /// The largest stack of the series; frames of other stacks are listed in the report.
  func volume() throws -> (volume: Volume, report: VolumeReport) {
    let stack = try SeriesStack(instances, limits: limits)
    let size = stack.rows * stack.columns
    let count = stack.planes.count
    guard size * count <= limits.decodedBytes / 4 else {
      throw DICOMError(.decodedSizeExceedsLimit, valueClass: .outOfRange)
    }
    var report = stack.report
    let voxels = try [Float](unsafeUninitializedCapacity: size * count) { target, used in
      for index in stack.byFile {
        report.paddedVoxels += try stack.write(
          index,
          to: UnsafeMutableBufferPointer(rebasing: target[index * size..<(index + 1) * size]))
      }
      used = size * count
    }
    let volume = Volume(
      columns: stack.columns, rows: stack.rows, planes: stack.planes, voxels: voxels)
    return (volume, report)
  }
}
