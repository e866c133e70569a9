import Imaging

/// Sorts frames into stacks and along the normal, and says what is wrong with the stack.
package struct SliceOrder: Sendable {
  /// One frame with its place.
  package struct Slice: Sendable {
    package let reference: VolumeReport.FrameReference
    package let plane: PlaneGeometry
    package let instanceNumber: Int
    /// Index of the instance in the input.
    package let instance: Int
  }

  /// What slices must share to be one volume.
  private struct Grid: Hashable {
    var rows: Int
    var columns: Int
    var frameOfReference: UID?
    var spacing: [Int]
    var directions: [Int]
  }

  /// The slices of each stack, sorted by position; the largest stack first.
  package let stacks: [[Slice]]

  /// Places closer than this, in mm, are one place.
  static let samePlaceMillimetres = 0.01

  /// - Throws: `missingGeometry` naming the first frame without it, `noPixelData` for nothing.
  package init(_ instances: [Instance]) throws(DICOMError) {
    var groups: [Grid: [Slice]] = [:]
    for (index, instance) in instances.enumerated() {
      for (frame, plane) in instance.frames.enumerated() {
        guard let plane else {
          throw DICOMError(
            .missingGeometry, at: .attribute(.imagePositionPatient), valueClass: .absent)
        }
        let slice = Slice(
          reference: .init(sopInstanceUID: instance.sopInstanceUID, frame: frame), plane: plane,
          instanceNumber: instance.instanceNumber ?? .max, instance: index)
        groups[Self.grid(of: plane, instance), default: []].append(slice)
      }
    }
    guard !groups.isEmpty else { throw DICOMError(.noPixelData) }
    stacks = groups.values.map(Self.sorted).sorted { a, b in
      a.count != b.count
        ? a.count > b.count
        : a[0].reference.sopInstanceUID < b[0].reference.sopInstanceUID
    }
  }

  private static func grid(of plane: PlaneGeometry, _ instance: Instance) -> Grid {
    // Directions within a few thousandths are one orientation: files round them.
    func rounded(_ v: Vector3) -> [Int] {
      [v.x, v.y, v.z].map { Int(($0 * 200).rounded()) }
    }
    return Grid(
      rows: instance.rows, columns: instance.columns,
      frameOfReference: instance.frameOfReferenceUID,
      spacing: [plane.spacing.row, plane.spacing.column].map { Int(($0 * 10000).rounded()) },
      directions: rounded(plane.rowDirection) + rounded(plane.columnDirection))
  }

  private static func sorted(_ slices: [Slice]) -> [Slice] {
    let normal = slices[0].plane.normal
    return slices.sorted { a, b in
      let (x, y) = (a.plane.position.dot(normal), b.plane.position.dot(normal))
      if abs(x - y) > samePlaceMillimetres { return x < y }
      if a.instanceNumber != b.instanceNumber { return a.instanceNumber < b.instanceNumber }
      if a.reference.sopInstanceUID != b.reference.sopInstanceUID {
        return a.reference.sopInstanceUID < b.reference.sopInstanceUID
      }
      return a.reference.frame < b.reference.frame
    }
  }

  /// The slices to keep of one stack, and for each of the others the one kept at its place.
  package static func unique(_ stack: [Slice]) -> (kept: [Slice], dropped: [(Slice, Slice)]) {
    var kept: [Slice] = []
    var dropped: [(Slice, Slice)] = []
    for slice in stack {
      if let last = kept.last,
        abs((slice.plane.position - last.plane.position).dot(last.plane.normal))
          <= samePlaceMillimetres
      {
        dropped.append((slice, last))
      } else {
        kept.append(slice)
      }
    }
    return (kept, dropped)
  }

  /// Median spacing and the gaps of slices in order.
  package static func spacing(_ slices: [Slice]) -> (median: Double, gaps: [VolumeReport.Gap]) {
    let normal = slices[0].plane.normal
    let steps = zip(slices, slices.dropFirst()).map {
      ($1.plane.position - $0.plane.position).dot(normal)
    }
    guard !steps.isEmpty else { return (0, []) }
    let median = steps.sorted()[steps.count / 2]
    let gaps = steps.enumerated().compactMap { index, step in
      abs(step - median) > 0.1 * median
        ? VolumeReport.Gap(afterSlice: index, distanceMillimetres: step) : nil
    }
    return (median, gaps)
  }

  /// Angle between the normal and the line from the first to the last slice, degrees.
  package static func tilt(_ slices: [Slice]) -> Double {
    guard let first = slices.first, let last = slices.last else { return 0 }
    let line = last.plane.position - first.plane.position
    guard line.length > samePlaceMillimetres else { return 0 }
    return degrees(cosine: abs(line.dot(first.plane.normal)) / line.length)
  }

  private static func degrees(cosine: Double) -> Double {
    arcCosine(min(max(cosine, -1), 1)) * 180 / .pi
  }
}
