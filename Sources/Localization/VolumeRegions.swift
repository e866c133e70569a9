import Imaging

extension Regions {
  /// The bodies of a CT series. `maps` holds one map a slice of the volume, at its columns and
  /// rows; `left` and `right` are the lungs. Strongest first.
  ///
  /// A slice stands for the tissue half-way to its neighbours along the normal, so that uneven
  /// gaps weigh right; a single slice counts with `thickness` mm. The share of the filter is one of
  /// the picture of a single slice.
  package func extract(
    from maps: Volume, left: MaskVolume?, right: MaskVolume?, thickness: Double = 1
  ) -> [VolumeRegion] {
    let inside = union(left, right)
    let bits = cut(maps.voxels, inside: inside)
    let frame = inside.map { $0.reduce(into: 0) { $0 += Int($1) } } ?? maps.voxels.count
    let least = max(1, Int((Double(frame) * smallestShare).rounded(.up)))
    let heights = SliceHeights(maps.planes, thickness: thickness)
    let bodies = ConnectedBodies.indices(
      MaskVolume(columns: maps.columns, rows: maps.rows, slices: maps.slices, bits: bits))
    let shapes = bodies.filter { $0.count >= least }.map {
      BodyShape($0, columns: maps.columns, rows: maps.rows, values: maps.voxels)
    }.filter { passes($0, of: maps.columns * maps.rows) }
    let ordered = shapes.sorted {
      ($0.peak, $0.body.count, -$0.slices.lowerBound) > (
        $1.peak, $1.body.count, -$1.slices.lowerBound
      )
    }
    return ordered.prefix(most).map { shape in
      volumeRegion(shape, maps: maps, left: left?.bits, right: right?.bits, heights: heights)
    }
  }

  private func union(_ a: MaskVolume?, _ b: MaskVolume?) -> [UInt8]? {
    guard let a else { return b?.bits }
    guard let b else { return a.bits }
    return zip(a.bits, b.bits).map { $0 | $1 }
  }

  private func volumeRegion(
    _ shape: BodyShape, maps: Volume, left: [UInt8]?, right: [UInt8]?, heights: SliceHeights
  ) -> VolumeRegion {
    let body = shape.body
    let size = maps.columns * maps.rows
    var masks = shape.slices.map { _ in Mask(width: maps.columns, height: maps.rows) }
    var volume = 0.0
    var weighted = Vector3(0, 0, 0)
    for index in body {
      let slice = index / size
      let plane = maps.planes[slice]
      masks[slice - shape.slices.lowerBound].bits[index % size] = 1
      let share = plane.spacing.row * plane.spacing.column * heights.millimetres[slice]
      let point = plane.patientPoint(
        column: Double(index % maps.columns), row: Double(index % size / maps.columns))
      weighted = weighted + point * share
      volume += share
    }
    let centroid = weighted * (1 / volume)
    // Patient x grows to the patient's left, whatever way the picture lies.
    let plane = maps.planes[shape.slices.lowerBound]
    let middle = plane.patientPoint(
      column: Double(maps.columns - 1) / 2, row: Double(maps.rows - 1) / 2)
    return VolumeRegion(
      slices: shape.slices, masks: masks, box: shape.box, centroid: centroid,
      side: side(
        of: body, left: left, right: right, otherwise: centroid.x > middle.x ? .left : .right),
      voxels: body.count,
      volumeMillilitres: volume / 1000, peak: shape.peak, mean: shape.mean)
  }
}

/// How much of the patient, along the normal, each slice stands for.
package struct SliceHeights: Sendable {
  package let millimetres: [Double]

  /// Half the gap to each neighbour; the outermost slices mirror their one gap.
  package init(_ planes: [PlaneGeometry], thickness: Double) {
    let positions = planes.map { $0.position.dot($0.normal) }
    millimetres = positions.indices.map { index in
      let below = index > 0 ? abs(positions[index] - positions[index - 1]) : nil
      let above =
        index + 1 < positions.count ? abs(positions[index + 1] - positions[index]) : nil
      guard let gap = below ?? above else { return thickness }
      return ((below ?? gap) + (above ?? gap)) / 2
    }
  }
}
