import Imaging

/// Plane geometry of frames, from the image plane module or from functional groups.
struct GeometryReading {
  let dataSet: DataSet
  let groups: FunctionalGroups

  /// One entry a frame; nil where position, orientation or spacing is absent or not sensible.
  ///
  /// A classic multi-frame object states one position for all: only a single frame can have it.
  func planes(frames: Int) -> [PlaneGeometry?] {
    if groups.isEmpty {
      let plane = plane(
        position: dataSet.numbers(.imagePositionPatient),
        orientation: dataSet.numbers(.imageOrientationPatient),
        spacing: dataSet.numbers(.pixelSpacing))
      return frames == 1 ? [plane] : Array(repeating: nil, count: frames)
    }
    return (0..<frames).map { frame in
      plane(
        position: groups.numbers(.imagePositionPatient, of: .planePositionSequence, frame: frame),
        orientation: groups.numbers(
          .imageOrientationPatient, of: .planeOrientationSequence, frame: frame),
        spacing: groups.numbers(.pixelSpacing, of: .pixelMeasuresSequence, frame: frame))
    }
  }

  /// Pixel spacing of the first frame, and whether it is that at the detector.
  func spacing() -> (spacing: PixelSpacing, isAtDetector: Bool)? {
    var numbers = dataSet.numbers(.pixelSpacing)
    if numbers.isEmpty {
      numbers = groups.numbers(.pixelSpacing, of: .pixelMeasuresSequence, frame: 0)
    }
    if let spacing = Self.spacing(numbers) { return (spacing, false) }
    return Self.spacing(dataSet.numbers(.imagerPixelSpacing)).map { ($0, true) }
  }

  private static func spacing(_ numbers: [Double]) -> PixelSpacing? {
    guard numbers.count == 2, numbers.allSatisfy({ $0.isFinite && $0 >= 0.01 && $0 < 1000 }) else {
      return nil
    }
    return PixelSpacing(row: numbers[0], column: numbers[1])
  }

  private func plane(position: [Double], orientation: [Double], spacing: [Double])
    -> PlaneGeometry?
  {
    guard position.count == 3, orientation.count == 6, let spacing = Self.spacing(spacing),
      (position + orientation).allSatisfy(\.isFinite)
    else { return nil }
    let row = Vector3(orientation[0], orientation[1], orientation[2])
    let column = Vector3(orientation[3], orientation[4], orientation[5])
    // Direction cosines are rounded in files; more than this is not a pair of unit normals.
    guard abs(row.length - 1) < 0.01, abs(column.length - 1) < 0.01, abs(row.dot(column)) < 0.01
    else { return nil }
    return PlaneGeometry(
      position: Vector3(position[0], position[1], position[2]),
      rowDirection: row * (1 / row.length), columnDirection: column * (1 / column.length),
      spacing: spacing)
  }
}
