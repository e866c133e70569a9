import DICOM
import Findings
import Imaging
import Localization

/// Writes what a PACS and a person get of a finding: SEG, GSPS, Secondary Capture and a preview.
///
/// Every UID and every byte follows from sources, model and kind, so a second run writes the same
/// objects over themselves (docs/decisions/0005-derived-objects.md).
struct Emitter: Sendable {
  let output: OutputFolder

  /// One derived object before it is written.
  struct Target {
    let study: UID
    /// The images of an object, for its UIDs.
    let sources: [UID]
    let part: UID
    let stem: String
    let producer: Producer
    let label: String
    let date: String
    let time: String

    /// - Parameter number: from 1, of several objects of one kind.
    func identity(_ kind: DerivedKind, number: Int = 1) -> ObjectIdentity {
      .derived(
        kind, study: study, sources: sources, producer: producer,
        part: "\(label)|\(part.value)" + (number == 1 ? "" : "|\(number)"),
        instanceNumber: number, date: date, time: time)
    }
  }

  func emit(_ finding: FilmFinding) throws -> [OutputObject] {
    let instance = finding.instance
    let target = target(
      of: finding.assessment, first: instance, sources: [instance], part: instance.sopInstanceUID)
    let picture = FindingPicture(
      display: finding.display, heat: finding.heat, regions: finding.regions.map(\.mask),
      caption: finding.assessment.captionLines
    ).rendered()
    var written = [try preview(picture, target)]
    guard finding.assessment.isPositive else { return written }
    if !finding.regions.isEmpty {
      let segments = finding.regions.enumerated().map { index, region in
        segment(
          finding.assessment, number: index + 1, side: region.side, target: target,
          masks: [.init(source: 0, frame: finding.frame, mask: region.mask)])
      }
      written.append(try segmentation(segments, [instance], target))
    }
    let annotation = GrayscalePresentationState.Annotation(
      source: 0, frame: finding.frame, outlines: finding.regions.flatMap { outlines($0.mask) },
      notes: [note(finding.assessment, at: finding.regions.first?.box)])
    written.append(try presentation([annotation], [instance], target))
    written.append(try capture(picture, of: instance, frame: finding.frame, target))
    return written
  }

  func emit(_ finding: SeriesFinding) throws -> [OutputObject] {
    guard let first = finding.instances.first,
      finding.assessment.isPositive || finding.previewsNegative
    else { return [] }
    let target = target(
      of: finding.assessment, first: first, sources: finding.instances,
      part: first.seriesInstanceUID)
    let places = Places(finding)
    let masks = finding.regions.map { $0.body[finding.keySlice] }.filter { !$0.isEmpty }
    let picture = FindingPicture(
      display: finding.display, heat: finding.heat, regions: masks,
      caption: finding.assessment.captionLines
    ).rendered()
    var written = [try preview(picture, target)]
    guard finding.assessment.isPositive else { return written }
    if !finding.regions.isEmpty {
      let segments = finding.regions.enumerated().map { index, region in
        segment(
          finding.assessment, number: index + 1, side: region.side, target: target,
          masks: places.frameMasks(of: region))
      }
      written.append(try segmentation(segments, finding.instances, target))
      let annotations = places.annotations(
        of: finding.regions, outlines: outlines,
        note: { note(finding.assessment, at: $0) })
      written += try presentations(annotations, finding.instances, target)
    }
    if let key = places.place(ofSlice: finding.keySlice) {
      written.append(
        try capture(picture, of: finding.instances[key.source], frame: key.frame, target))
    }
    return written
  }

  /// - Parameter label: nil takes that of the assessment.
  func target(
    of assessment: Assessment, first: Instance, sources: [Instance], part: UID,
    label: String? = nil
  ) -> Target {
    let label = label ?? assessment.label
    let moment = ContentMoment(first)
    return Target(
      study: first.studyInstanceUID, sources: sources.map(\.sopInstanceUID), part: part,
      stem: output.stem(
        study: first.studyInstanceUID, label: label, source: part,
        model: assessment.producer.modelDigest),
      producer: assessment.producer, label: label, date: moment.date, time: moment.time)
  }

  /// - Parameter name: nil takes the meaning of the label's code, and the number.
  func segment(
    _ assessment: Assessment, name: String? = nil, number: Int, side: Side?, target: Target,
    masks: [SegmentationObject.FrameMask]
  ) -> SegmentationObject.Segment {
    let name = name ?? "\(assessment.concept.meaning) \(number)"
    return .init(
      label: name, category: assessment.category, type: assessment.concept,
      anatomicRegion: assessment.anatomicRegion, side: side, trackingID: name,
      trackingUID: UID.derived(
        from: ["tracking", target.identity(.segmentation).sopInstanceUID.value, String(number)]),
      masks: masks)
  }

  func outlines(_ mask: Mask) -> [[GrayscalePresentationState.Point]] {
    Contour.outlines(of: mask).map { contour in
      var points = contour.simplified(tolerance: 0.75).points.map {
        GrayscalePresentationState.Point(column: $0.column, row: $0.row)
      }
      if let first = points.first { points.append(first) }
      return points
    }
  }

  func note(
    _ assessment: Assessment, at box: PixelBox?
  ) -> GrayscalePresentationState.Note {
    .init(
      text: assessment.caption + " (research only)",
      anchor: .init(column: Double(box?.column ?? 0), row: Double(box?.row ?? 0)))
  }

  func preview(_ picture: ColorImage, _ target: Target) throws -> OutputObject {
    let relative = target.stem + ".png"
    try PNG.write(picture, to: try output.absolute(relative))
    return try OutputObject(
      kind: .preview, sopInstanceUID: nil, path: relative, below: output.root)
  }

  func segmentation(
    _ segments: [SegmentationObject.Segment], _ sources: [Instance], _ target: Target
  ) throws -> OutputObject {
    let identity = target.identity(.segmentation)
    let relative = target.stem + ".seg.dcm"
    try SegmentationObject(
      sources: sources.map(\.path), segments: segments, identity: identity,
      producer: target.producer
    ).write(to: try output.absolute(relative))
    return try record(.segmentation, identity, relative)
  }

  /// One presentation state, or one for each group of slices that it can hold together: the
  /// rescale slope may change from slice to slice.
  private func presentations(
    _ annotations: [GrayscalePresentationState.Annotation], _ sources: [Instance], _ target: Target
  ) throws -> [OutputObject] {
    var written: [OutputObject] = []
    for group in try GrayscalePresentationState.groups(of: sources.map(\.path)) {
      let places = Dictionary(uniqueKeysWithValues: zip(group, group.indices))
      let own = annotations.compactMap { annotation in
        places[annotation.source].map { annotation.moved(to: $0) }
      }
      guard !own.isEmpty else { continue }
      written.append(
        try presentation(own, group.map { sources[$0] }, target, number: written.count + 1))
    }
    return written
  }

  func presentation(
    _ annotations: [GrayscalePresentationState.Annotation], _ sources: [Instance], _ target: Target,
    number: Int = 1
  ) throws -> OutputObject {
    let identity = target.identity(.presentationState, number: number)
    let relative = target.stem + (number == 1 ? ".gsps.dcm" : ".gsps-\(number).dcm")
    try GrayscalePresentationState(
      sources: sources.map(\.path), annotations: annotations, identity: identity,
      producer: target.producer
    ).write(to: try output.absolute(relative))
    return try record(.presentationState, identity, relative)
  }

  func capture(
    _ picture: ColorImage, of instance: Instance, frame: Int, _ target: Target
  ) throws -> OutputObject {
    let identity = target.identity(.heatmapCapture)
    let relative = target.stem + ".sc.dcm"
    try HeatmapCapture(
      width: picture.width, height: picture.height, rgb: picture.bytes, source: instance.path,
      frame: frame, identity: identity, producer: target.producer
    ).write(to: try output.absolute(relative))
    return try record(.secondaryCapture, identity, relative)
  }

  private func record(
    _ kind: OutputObject.Kind, _ identity: ObjectIdentity, _ relative: String
  ) throws -> OutputObject {
    try OutputObject(
      kind: kind, sopInstanceUID: identity.sopInstanceUID.value, path: relative,
      below: output.root)
  }
}

extension GrayscalePresentationState.Annotation {
  /// The same for another index of its source.
  fileprivate func moved(to source: Int) -> Self {
    .init(source: source, frame: frame, outlines: outlines, notes: notes)
  }
}
