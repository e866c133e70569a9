import DICOM
import Imaging
import Localization

/// From slices of a volume back to frames of instances.
struct Places {
  private let sources: [VolumeReport.FrameReference]
  private let indexes: [UID: Int]

  init(_ finding: SeriesFinding) {
    sources = finding.sources
    indexes = Dictionary(
      finding.instances.enumerated().map { ($1.sopInstanceUID, $0) },
      uniquingKeysWith: { a, _ in a })
  }

  /// Index of the instance, and the zero-based frame in it, of a slice.
  func place(ofSlice slice: Int) -> (source: Int, frame: Int)? {
    guard sources.indices.contains(slice), let index = indexes[sources[slice].sopInstanceUID] else {
      return nil
    }
    return (index, sources[slice].frame)
  }

  func frameMasks(of region: VolumeRegion) -> [SegmentationObject.FrameMask] {
    region.slices.compactMap { slice in
      guard let mask = region.body.packed(slice), let place = place(ofSlice: slice) else {
        return nil
      }
      return .init(source: place.source, frame: place.frame, mask: mask)
    }
  }

  /// One annotation a slice, with the outlines of every region that crosses it.
  func annotations(
    of regions: [VolumeRegion],
    outlines: (Mask) -> [[GrayscalePresentationState.Point]],
    note: (PixelBox?) -> GrayscalePresentationState.Note
  ) -> [GrayscalePresentationState.Annotation] {
    let slices = Set(regions.flatMap { Array($0.slices) }).sorted()
    return slices.compactMap { slice in
      guard let place = place(ofSlice: slice) else { return nil }
      let crossing = regions.filter { $0.slices.contains(slice) }
      let lines = crossing.filter { !$0.body.isEmpty(slice) }
        .flatMap { outlines($0.body[slice]) }
      guard !lines.isEmpty else { return nil }
      return .init(
        source: place.source, frame: place.frame, outlines: lines,
        notes: [note(crossing.first?.box)])
    }
  }
}

/// Content date and time of derived objects: those of the study, never the clock's, so that a
/// second run writes the same bytes. Studies without a date get the first day DICOM can name.
struct ContentMoment {
  let date: String
  let time: String

  init(_ instance: Instance) {
    let studyDate = instance.studyDate.value
    let isDate = studyDate.count == 8 && studyDate.allSatisfy { $0.isASCII && $0.isNumber }
    date = isDate ? studyDate : "19000101"
    let digits = instance.studyTime.value.prefix { $0.isASCII && $0.isNumber }
    time = digits.count >= 6 ? String(digits.prefix(6)) : "000000"
  }
}
