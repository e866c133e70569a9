import CDCMTK
import Imaging

extension HeatmapCapture {
  /// Writes the object: temporary name in the same folder, fsync, rename.
  /// - Throws: `DICOMError`: `frameOutOfRange` for a frame that the source has not, `writeFailed`.
  package func write(to path: String) throws {
    let image = try SourceImage(source)
    guard frame >= 0, frame < image.numberOfFrames else {
      throw DICOMError(.frameOutOfRange, at: .frame(frame))
    }
    let dataset = try Dataset()
    let root = dataset.root
    try CommonModules.copyPatientAndStudy(from: image, to: root)
    try CommonModules.putObject(SOPClass.secondaryCapture, identity: identity, to: root)
    try CommonModules.putSeries(
      modality: "OT", title: "Heat map", identity: identity, producer: producer, to: root)
    try CommonModules.copyBodyPart(from: image, to: root)
    try CommonModules.putEquipment(producer, to: root)
    try root.put(.conversionType, "WSD")
    try root.put(.dateOfSecondaryCapture, identity.date)
    try root.put(.timeOfSecondaryCapture, identity.time)
    try root.put(.contentDate, identity.date)
    try root.put(.contentTime, identity.time)
    try root.put(.imageType, "DERIVED\\SECONDARY")
    try root.put(.patientOrientation, orientation(of: image))
    try root.put(
      .derivationDescription,
      "Relative activation drawn over the source image by "
        + CommonModules.description(of: producer)
        + ". " + CommonModules.warning)
    try root.append(.sourceImageSequence) { item in
      try image.refer(in: item, frame: frame)
      try item.append(.purposeOfReferenceCodeSequence, code: .sourceImage)
    }
    // The attribute asks whether the pixels identify the patient: they hold a drawing only.
    try root.put(.burnedInAnnotation, "NO")
    try LossyHistory.copy(from: image, to: root)
    try putPixels(to: dataset)
    try dataset.save(to: path, syntax: .explicitLittleEndian)
  }

  private func putPixels(to dataset: Dataset) throws {
    let root = dataset.root
    try root.put(.samplesPerPixel, short: 3)
    try root.put(.photometricInterpretation, "RGB")
    try root.put(.planarConfiguration, short: 0)
    try root.put(.rows, short: height)
    try root.put(.columns, short: width)
    try root.put(.bitsAllocated, short: 8)
    try root.put(.bitsStored, short: 8)
    try root.put(.highBit, short: 7)
    try root.put(.pixelRepresentation, short: 0)
    try Dataset.check(cdw_put_pixels8(root.handle, rgb, rgb.count))
  }

  /// Patient Orientation as the source states it, or as its direction cosines give it.
  private func orientation(of image: SourceImage) -> String {
    if let stated = image.root.text(.patientOrientation) { return stated }
    guard let directions = image.orientation(frame: frame) else { return "" }
    return PatientDirection.letters(directions.row) + "\\"
      + PatientDirection.letters(directions.column)
  }
}

/// Letters of anatomical directions (PS3.3 C.7.6.1.1.1).
enum PatientDirection {
  /// The components of a direction in LPS, the largest first; components below 0.1 are left out.
  static func letters(_ direction: Vector3) -> String {
    let axes = [(direction.x, "L", "R"), (direction.y, "P", "A"), (direction.z, "H", "F")]
    return axes.filter { abs($0.0) >= 0.1 }.sorted { abs($0.0) > abs($1.0) }
      .map { $0.0 > 0 ? $0.1 : $0.2 }.joined()
  }
}
