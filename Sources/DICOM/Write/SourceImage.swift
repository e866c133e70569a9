import Imaging

/// The header of an image that an object is derived from.
///
/// Attributes are carried over as they are, byte for byte, together with the Specific Character
/// Set that explains them: a name in an encoding that cannot be converted still arrives whole.
struct SourceImage {
  let dataset: Dataset
  let root: DatasetItem
  let sopClassUID: UID
  let sopInstanceUID: UID
  let studyInstanceUID: UID
  let seriesInstanceUID: UID
  let rows: Int
  let columns: Int
  let numberOfFrames: Int

  init(_ path: Sensitive<String>) throws {
    dataset = try Dataset(headerOf: path)
    root = dataset.root
    sopClassUID = try root.uid(.sopClassUID)
    sopInstanceUID = try root.uid(.sopInstanceUID)
    studyInstanceUID = try root.uid(.studyInstanceUID)
    seriesInstanceUID = try root.uid(.seriesInstanceUID)
    guard let rows = root.integer(.rows), let columns = root.integer(.columns) else {
      throw DICOMError(.missingAttribute, at: .attribute(.rows), valueClass: .absent)
    }
    self.rows = rows
    self.columns = columns
    numberOfFrames = max(1, root.integer(.numberOfFrames) ?? 1)
  }

  /// Sources of one object: at least one, all of one study.
  static func open(_ paths: [Sensitive<String>]) throws -> [SourceImage] {
    let images = try paths.map { try SourceImage($0) }
    guard let first = images.first else { throw DICOMError(.noPixelData) }
    for image in images where image.studyInstanceUID != first.studyInstanceUID {
      throw DICOMError(
        .mixedSeries, at: .attribute(.studyInstanceUID), valueClass: .inconsistent)
    }
    return images
  }

  /// The item that describes a frame (from 0) by `group`: of the frame, shared by all frames, or,
  /// for `group` nil and for single-frame classes, the data set itself.
  func functionalGroup(_ group: Tag, frame: Int) -> DatasetItem? {
    let own = root.item(.perFrameFunctionalGroupsSequence, frame)?.item(group)
    return own ?? root.item(.sharedFunctionalGroupsSequence)?.item(group)
  }

  /// Where to find an attribute of a frame: its functional group, else the data set.
  func holder(of tag: Tag, group: Tag, frame: Int) -> DatasetItem? {
    if let item = functionalGroup(group, frame: frame), item.has(tag) { return item }
    return root.bytes(tag) != nil || root.count(tag) > 0 ? root : nil
  }

  /// Image Position (Patient) of a frame, LPS mm.
  func position(frame: Int) -> Vector3? {
    let tag = Tag.imagePositionPatient
    guard let item = holder(of: tag, group: .planePositionSequence, frame: frame),
      let x = item.number(tag, 0), let y = item.number(tag, 1), let z = item.number(tag, 2)
    else { return nil }
    return Vector3(x, y, z)
  }

  /// Direction cosines of rows and columns of a frame.
  func orientation(frame: Int) -> (row: Vector3, column: Vector3)? {
    let tag = Tag.imageOrientationPatient
    guard let item = holder(of: tag, group: .planeOrientationSequence, frame: frame) else {
      return nil
    }
    let cosines = (0..<6).compactMap { item.number(tag, $0) }
    guard cosines.count == 6 else { return nil }
    return (
      Vector3(cosines[0], cosines[1], cosines[2]), Vector3(cosines[3], cosines[4], cosines[5])
    )
  }

  /// True when a frame of this image has a complete place in the patient.
  func hasGeometry(frame: Int) -> Bool {
    root.text(.frameOfReferenceUID) != nil && position(frame: frame) != nil
      && orientation(frame: frame) != nil
      && holder(of: .pixelSpacing, group: .pixelMeasuresSequence, frame: frame) != nil
  }

  /// Writes a reference to this image, and to one frame when it has several.
  func refer(in item: DatasetItem, frame: Int? = nil) throws {
    try item.put(.referencedSOPClassUID, sopClassUID)
    try item.put(.referencedSOPInstanceUID, sopInstanceUID)
    if let frame, numberOfFrames > 1 {
      try item.put(.referencedFrameNumber, integer: frame + 1)
    }
  }
}
