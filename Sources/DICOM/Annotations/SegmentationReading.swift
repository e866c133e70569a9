import Imaging

/// Reads the frames of a Segmentation as masks over the images that they were made on: by the
/// Source Image of each frame's derivation, or, where there is none, the one Referenced Instance.
struct SegmentationReading {
  let object: Instance
  let header: DataSet
  let images: [UID: Instance]
  let reader: DCMTKReader

  private struct Segment {
    let label: String
    let type: CodedConcept?
  }

  func annotations() throws -> [Annotation] {
    let kind = header.text(.segmentationType)
    guard object.sopClassUID == SOPClass.segmentation, kind == "BINARY" || kind == "FRACTIONAL"
    else { throw error(.unsupported) }
    let segments = segments()
    let groups = FunctionalGroups(header)
    // Half of the possible value and more is inside.
    let most = kind == "BINARY" ? 1 : header.integer(.maximumFractionalValue) ?? 255
    let level = Int32((most + 1) / 2)
    var all: [Annotation] = []
    for frame in 0..<object.numberOfFrames {
      guard
        let identification = groups.path(to: .segmentIdentificationSequence, frame: frame),
        let number = header.integer(.referencedSegmentNumber, in: identification),
        let segment = segments[number]
      else { throw error(.incomplete, frame: frame) }
      let place = try place(frame, groups, number)
      guard let image = images[place.uid] else {
        throw error(.absentInstance, [number], frame: frame)
      }
      try check(frame, number, against: image, at: place.frame)
      let stored = try reader.storedFrame(of: object, frame: frame)
      let mask = Mask(
        width: stored.columns, height: stored.rows,
        bits: stored.values.map { $0 >= level ? 1 : 0 })
      guard !mask.isEmpty else { continue }
      all.append(
        Annotation(
          number: number, label: Sensitive(segment.label), type: segment.type,
          sopInstanceUID: place.uid, frame: place.frame, mask: mask))
    }
    return all
  }

  private func segments() -> [Int: Segment] {
    var found: [Int: Segment] = [:]
    for item in 0..<header.itemCount(.segmentSequence) {
      let path = [DataSet.Step(sequence: .segmentSequence, item: item)]
      guard let number = header.integer(.segmentNumber, in: path) else { continue }
      found[number] = Segment(
        label: header.text(.segmentLabel, in: path, asUTF8: true) ?? "",
        type: header.concept(.segmentedPropertyTypeCodeSequence, in: path))
    }
    return found
  }

  /// The image of a frame.
  private func place(
    _ frame: Int, _ groups: FunctionalGroups, _ number: Int
  ) throws -> (uid: UID, frame: Int) {
    if let derivation = groups.path(to: .derivationImageSequence, frame: frame) {
      let source = derivation + [DataSet.Step(sequence: .sourceImageSequence, item: 0)]
      if let text = header.text(.referencedSOPInstanceUID, in: source),
        let uid = try? UID(validating: text)
      {
        return (uid, max(0, (header.integer(.referencedFrameNumber, in: source) ?? 1) - 1))
      }
    }
    let series = [DataSet.Step(sequence: .referencedSeriesSequence, item: 0)]
    guard header.itemCount(.referencedSeriesSequence) == 1,
      header.itemCount(.referencedInstanceSequence, in: series) == 1,
      let text = header.text(
        .referencedSOPInstanceUID,
        in: series + [DataSet.Step(sequence: .referencedInstanceSequence, item: 0)]),
      let uid = try? UID(validating: text)
    else { throw error(.incomplete, [number], frame: frame) }
    return (uid, 0)
  }

  private func check(
    _ frame: Int, _ number: Int, against image: Instance, at imageFrame: Int
  ) throws {
    guard imageFrame < max(1, image.numberOfFrames) else {
      throw error(.absentInstance, [number], frame: frame)
    }
    guard object.rows == image.rows, object.columns == image.columns else {
      throw error(.size, [number], frame: frame)
    }
    let own = object.frames.indices.contains(frame) ? object.frames[frame] : nil
    let theirs = image.frames.indices.contains(imageFrame) ? image.frames[imageFrame] : nil
    guard let own, let theirs else { return }
    let aligned =
      own.rowDirection.dot(theirs.rowDirection) > 0.999
      && own.columnDirection.dot(theirs.columnDirection) > 0.999
    let apart = (own.position - theirs.position).length
    let step = max(theirs.spacing.row, theirs.spacing.column)
    guard aligned, apart < step / 2 else { throw error(.orientation, [number], frame: frame) }
  }

  private func error(
    _ code: AnnotationError.Code, _ items: [Int] = [], frame: Int? = nil
  ) -> AnnotationError {
    AnnotationError(
      code: code, items: items, frame: frame.map { $0 + 1 }, file: String(object.sha256.prefix(12)))
  }
}

extension DataSet {
  /// The first item of a code sequence (PS3.3 8.8).
  func concept(_ sequence: Tag, in path: [Step] = []) -> CodedConcept? {
    let item = path + [Step(sequence: sequence, item: 0)]
    guard let value = text(.codeValue, in: item) else { return nil }
    return CodedConcept(
      value, text(.codingSchemeDesignator, in: item) ?? "", text(.codeMeaning, in: item) ?? "")
  }
}
