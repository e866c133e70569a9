import Imaging

/// One frame of a segmentation before it is written.
struct SegmentationFrame {
  /// From 1.
  let segment: Int
  let source: Int
  /// From 0, in the source.
  let frame: Int
  let mask: PackedMask
  /// Index of the second dimension, from 1: rank of the position along the normal.
  var rank = 0
  /// Position along the plane normal in mm; nil without geometry.
  let place: Double?

  /// The frames in the order of the file: by segment, then by place. Empty masks of
  /// cross-sectional sources are left out, unless nothing would be left.
  static func ordered(
    _ segments: [SegmentationObject.Segment], sources: [SourceImage], isSpatial: Bool
  ) throws -> [SegmentationFrame] {
    var frames: [SegmentationFrame] = []
    let normal = isSpatial ? Self.normal(segments, sources) : nil
    for (index, segment) in segments.enumerated() {
      for mask in segment.masks {
        try check(mask, sources)
        let position = sources[mask.source].position(frame: mask.frame)
        frames.append(
          SegmentationFrame(
            segment: index + 1, source: mask.source, frame: mask.frame, mask: mask.mask,
            place: normal.flatMap { axis in position.map { $0.dot(axis) } }))
      }
    }
    guard !frames.isEmpty else { throw DICOMError(.noPixelData) }
    if isSpatial {
      let filled = frames.filter { !$0.mask.isEmpty }
      if !filled.isEmpty { frames = filled }
    }
    return ranked(frames)
  }

  /// Median distance in mm between neighbouring planes of the sources, those without a region too;
  /// nil with fewer than two.
  static func distance(of sources: [SourceImage]) -> Double? {
    guard let directions = sources.first?.orientation(frame: 0) else { return nil }
    let normal = directions.row.cross(directions.column)
    let places = Set(
      sources.flatMap { source in
        (0..<source.numberOfFrames).compactMap { source.position(frame: $0)?.dot(normal) }
      }
    ).sorted()
    // Planes nearer than a micrometre are one plane.
    let steps = zip(places.dropFirst(), places).map { $0 - $1 }.filter { $0 > 1e-3 }.sorted()
    return steps.isEmpty ? nil : steps[(steps.count - 1) / 2]
  }

  private static func normal(
    _ segments: [SegmentationObject.Segment], _ sources: [SourceImage]
  ) -> Vector3? {
    guard let first = segments.first(where: { !$0.masks.isEmpty })?.masks.first,
      let directions = sources[first.source].orientation(frame: first.frame)
    else { return nil }
    return directions.row.cross(directions.column)
  }

  private static func check(
    _ mask: SegmentationObject.FrameMask, _ sources: [SourceImage]
  ) throws {
    guard sources.indices.contains(mask.source), mask.frame >= 0,
      mask.frame < sources[mask.source].numberOfFrames
    else { throw DICOMError(.frameOutOfRange, at: .frame(mask.frame)) }
    let source = sources[mask.source]
    guard mask.mask.width == source.columns, mask.mask.height == source.rows,
      source.columns == sources[0].columns, source.rows == sources[0].rows
    else {
      throw DICOMError(.mixedGeometry, at: .attribute(.rows), valueClass: .inconsistent)
    }
  }

  /// Sorted, with the rank of each distinct place (or each distinct frame of a source).
  private static func ranked(_ frames: [SegmentationFrame]) -> [SegmentationFrame] {
    struct Key: Hashable, Comparable {
      let place: Double
      let source: Int
      let frame: Int

      static func < (a: Key, b: Key) -> Bool {
        (a.place, a.source, a.frame) < (b.place, b.source, b.frame)
      }
    }
    func key(_ frame: SegmentationFrame) -> Key {
      Key(place: frame.place ?? 0, source: frame.source, frame: frame.frame)
    }
    let keys = Set(frames.map(key)).sorted()
    let ranks = Dictionary(uniqueKeysWithValues: zip(keys, 1...))
    return frames.map { frame in
      var frame = frame
      frame.rank = ranks[key(frame)] ?? 1
      return frame
    }.sorted { ($0.segment, $0.rank) < ($1.segment, $1.rank) }
  }
}
