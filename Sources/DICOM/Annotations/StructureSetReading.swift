import Imaging

/// Reads the closed planar contours of an RT Structure Set (PS3.3 C.8.8.5, C.8.8.6) as masks over
/// the slices that they lie on. Contours of one region on one slice combine by exclusive or: one
/// inside another is a hole.
struct StructureSetReading {
  let object: Instance
  let header: DataSet
  let images: [UID: Instance]

  private struct Region {
    let name: String
    var type: CodedConcept?
  }

  private struct Key: Hashable {
    let number: Int
    let image: UID
  }

  func annotations() throws -> [Annotation] {
    var regions = self.regions()
    for item in 0..<header.itemCount(.roiObservationsSequence) {
      let path = [DataSet.Step(sequence: .roiObservationsSequence, item: item)]
      guard let number = header.integer(.referencedROINumber, in: path) else { continue }
      regions[number]?.type = header.concept(.roiIdentificationCodeSequence, in: path)
    }
    var order: [Key] = []
    var contours: [Key: [Contour]] = [:]
    for item in 0..<header.itemCount(.roiContourSequence) {
      let path = [DataSet.Step(sequence: .roiContourSequence, item: item)]
      guard let number = header.integer(.referencedROINumber, in: path), regions[number] != nil
      else { throw error(.incomplete) }
      for index in 0..<header.itemCount(.contourSequence, in: path) {
        let place = path + [DataSet.Step(sequence: .contourSequence, item: index)]
        let (uid, contour) = try contour(place, number, index)
        let key = Key(number: number, image: uid)
        if contours[key] == nil { order.append(key) }
        contours[key, default: []].append(contour)
      }
    }
    return order.compactMap { key in
      guard let image = images[key.image], let region = regions[key.number] else { return nil }
      let mask = Mask(
        width: image.columns, height: image.rows, filling: contours[key] ?? [])
      guard !mask.isEmpty else { return nil }
      return Annotation(
        number: key.number, label: Sensitive(region.name), type: region.type,
        sopInstanceUID: key.image, frame: 0, mask: mask)
    }
  }

  private func regions() -> [Int: Region] {
    var found: [Int: Region] = [:]
    for item in 0..<header.itemCount(.structureSetROISequence) {
      let path = [DataSet.Step(sequence: .structureSetROISequence, item: item)]
      guard let number = header.integer(.roiNumber, in: path) else { continue }
      found[number] = Region(name: header.text(.roiName, in: path, asUTF8: true) ?? "", type: nil)
    }
    return found
  }

  /// One contour in the pixels of its slice.
  private func contour(
    _ path: [DataSet.Step], _ number: Int, _ index: Int
  ) throws -> (UID, Contour) {
    guard header.text(.contourGeometricType, in: path) == "CLOSED_PLANAR" else {
      throw error(.unsupported, [number], index)
    }
    let count = header.integer(.numberOfContourPoints, in: path) ?? 0
    guard (3...100_000).contains(count) else { throw error(.incomplete, [number], index) }
    let numbers = header.numbers(.contourData, in: path, limit: 3 * count)
    guard numbers.count == 3 * count, numbers.allSatisfy(\.isFinite) else {
      throw error(.incomplete, [number], index)
    }
    let points = stride(from: 0, to: numbers.count, by: 3).map {
      Vector3(numbers[$0], numbers[$0 + 1], numbers[$0 + 2])
    }
    let uid = try image(of: points, path, number, index)
    guard let image = images[uid] else { throw error(.absentInstance, [number], index) }
    guard let plane = image.frames.first.flatMap({ $0 }) else {
      throw error(.geometry, [number], index)
    }
    // On the slice: within half of its thickness, and at least half a millimetre.
    let reach = max(image.sliceThicknessMillimetres ?? 1, 1) / 2
    guard points.allSatisfy({ abs(($0 - plane.position).dot(plane.normal)) <= reach + 1e-3 })
    else { throw error(.orientation, [number], index) }
    return (
      uid,
      Contour(
        points: points.map { point in
          let offset = point - plane.position
          return Contour.Point(
            column: offset.dot(plane.rowDirection) / plane.spacing.column,
            row: offset.dot(plane.columnDirection) / plane.spacing.row)
        })
    )
  }

  /// The image that the contour names, else the slice of the frame of reference nearest to it.
  private func image(
    of points: [Vector3], _ path: [DataSet.Step], _ number: Int, _ index: Int
  ) throws -> UID {
    let named = path + [DataSet.Step(sequence: .contourImageSequence, item: 0)]
    if let text = header.text(.referencedSOPInstanceUID, in: named) {
      guard let uid = try? UID(validating: text) else {
        throw error(.incomplete, [number], index)
      }
      return uid
    }
    let frame = header.text(
      .referencedFrameOfReferenceUID,
      in: [DataSet.Step(sequence: .structureSetROISequence, item: 0)])
    let candidates = images.values.compactMap { image -> (UID, Double)? in
      guard image.frameOfReferenceUID?.value == frame,
        let plane = image.frames.first.flatMap({ $0 })
      else { return nil }
      return (image.sopInstanceUID, abs((points[0] - plane.position).dot(plane.normal)))
    }
    guard let nearest = candidates.min(by: { ($0.1, $0.0.value) < ($1.1, $1.0.value) }) else {
      throw error(.absentInstance, [number], index)
    }
    return nearest.0
  }

  private func error(
    _ code: AnnotationError.Code, _ items: [Int] = [], _ contour: Int? = nil
  ) -> AnnotationError {
    AnnotationError(
      code: code, items: items, frame: contour.map { $0 + 1 },
      file: String(object.sha256.prefix(12)))
  }
}
