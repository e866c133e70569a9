import Foundation
import Imaging

/// A phantom as a MetaImage beside its raw file.
enum ToyVolume {
  static func write(
    _ volume: Volume, _ voxels: [Int16], to path: String
  ) throws {
    let plane = volume.planes[0]
    let step = volume.planes[1].position.z - plane.position.z
    let header = """
      NDims = 3
      DimSize = \(volume.columns) \(volume.rows) \(volume.slices)
      ElementType = MET_SHORT
      ElementSpacing = \(plane.spacing.column) \(plane.spacing.row) \(step)
      Offset = \(plane.position.x) \(plane.position.y) \(plane.position.z)
      ElementDataFile = \(URL(fileURLWithPath: path).lastPathComponent).raw
      """
    try AtomicFile.write(Array(header.utf8), to: path)
    try AtomicFile.write(
      voxels.flatMap { withUnsafeBytes(of: $0.littleEndian, Array.init) }, to: path + ".raw")
  }
}
