import Imaging

/// What each image class asks for beyond the common modules.
extension ImageObject {
  /// CR Series and CR Image (PS3.3 C.8.1.1, C.8.1.2).
  func putComputedRadiography(to root: DatasetItem) throws {
    try root.put(.viewPosition, viewPosition)
    try root.put(.patientOrientation, patientOrientation.joined(separator: "\\"))
    if let pixelSpacing {
      try root.put(.imagerPixelSpacing, decimals: [pixelSpacing.row, pixelSpacing.column])
    }
  }

  /// DX Series, DX Anatomy, DX Image and DX Detector (PS3.3 C.8.11).
  func putDigitalXRay(to root: DatasetItem) throws {
    guard let pixelSpacing else {
      throw DICOMError(
        .missingAttribute, at: .attribute(.imagerPixelSpacing), valueClass: .absent)
    }
    guard case .grayscale(_, _, _, let inverted) = content, patientOrientation.count == 2 else {
      throw DICOMError(.unsupportedPixelFormat, at: .attribute(.photometricInterpretation))
    }
    try root.put(.presentationIntentType, "FOR PRESENTATION")
    try root.put(.imageLaterality, "U")
    try root.append(
      .anatomicRegionSequence, code: CodedConcept("51185008", "SCT", "Chest"))
    try root.put(.patientOrientation, patientOrientation.joined(separator: "\\"))
    if !viewPosition.isEmpty { try root.put(.viewPosition, viewPosition) }
    try root.put(.detectorType, "DIRECT")
    try root.put(.imagerPixelSpacing, decimals: [pixelSpacing.row, pixelSpacing.column])
    try root.put(.pixelIntensityRelationship, "LOG")
    // 1: values grow with the beam that arrived; -1: values grow with attenuation.
    try root.put(.pixelIntensityRelationshipSign, short: [inverted ? 1 : -1], signed: true)
    try root.put(.presentationLUTShape, inverted ? "INVERSE" : "IDENTITY")
    try root.putEmpty(.acquisitionContextSequence)
    try root.put(.positionerType, "")
    if rescale == nil {
      try root.put(.rescaleIntercept, "0")
      try root.put(.rescaleSlope, "1")
      try root.put(.rescaleType, "US")
    }
  }

  /// Frame of Reference, Image Plane and CT Image (PS3.3 C.7.4.1, C.7.6.2, C.8.2.1).
  func putComputedTomography(to root: DatasetItem) throws {
    guard let plane, let frameOfReferenceUID else {
      throw DICOMError(.missingGeometry, at: .attribute(.imagePositionPatient))
    }
    guard rescale != nil else {
      throw DICOMError(.missingAttribute, at: .attribute(.rescaleSlope), valueClass: .absent)
    }
    try root.put(.frameOfReferenceUID, frameOfReferenceUID)
    try root.put(.positionReferenceIndicator, "")
    try root.put(.patientPosition, "HFS")
    try root.put(.kvp, "")
    try root.put(.acquisitionNumber, "1")
    let row = plane.rowDirection
    let column = plane.columnDirection
    try root.put(
      .imagePositionPatient, decimals: [plane.position.x, plane.position.y, plane.position.z])
    try root.put(
      .imageOrientationPatient,
      decimals: [row.x, row.y, row.z, column.x, column.y, column.z])
    try root.put(.pixelSpacing, decimals: [plane.spacing.row, plane.spacing.column])
    if let sliceThicknessMillimetres {
      try root.put(.sliceThickness, decimals: [sliceThicknessMillimetres])
    } else {
      try root.put(.sliceThickness, "")
    }
  }

  /// SC Equipment and SC Image (PS3.3 C.8.6.1, C.8.6.2).
  func putSecondaryCapture(to root: DatasetItem) throws {
    // Made by a program from a picture file.
    try root.put(.conversionType, "WSD")
    try root.put(.dateOfSecondaryCapture, identity.date)
    try root.put(.timeOfSecondaryCapture, identity.time)
    try root.put(.patientOrientation, patientOrientation.joined(separator: "\\"))
  }
}
