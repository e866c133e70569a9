import CDCMTK
import Imaging

extension ImageObject {
  /// Writes the object: temporary name in the same folder, fsync, rename.
  /// - Throws: `DICOMError`: `unsupportedPixelFormat` for a class, content and transfer syntax that
  ///   do not go together, `missingAttribute` for a CT image without plane or frame of reference,
  ///   `writeFailed`.
  package func write(to path: String) throws {
    let dataset = try Dataset()
    let root = dataset.root
    try putPatientAndStudy(to: root)
    try CommonModules.putObject(sopClassUID, identity: identity, to: root)
    try putSeriesAndEquipment(to: root)
    try putGeneralImage(to: root)
    switch objectClass {
    case .computedRadiography: try putComputedRadiography(to: root)
    case .digitalXRay: try putDigitalXRay(to: root)
    case .computedTomography: try putComputedTomography(to: root)
    case .secondaryCapture: try putSecondaryCapture(to: root)
    }
    try putTransforms(to: root)
    try ImagePixels(object: self).put(to: dataset)
    try dataset.save(to: path, syntax: syntax)
  }

  private var sopClassUID: UID {
    switch objectClass {
    case .computedRadiography: SOPClass.computedRadiography
    case .digitalXRay: SOPClass.digitalXRayPresentation
    case .computedTomography: SOPClass.computedTomography
    case .secondaryCapture: SOPClass.secondaryCapture
    }
  }

  private func putPatientAndStudy(to root: DatasetItem) throws {
    let texts = [
      patient.name.value, patient.id.value, study.id.value, study.description.value,
      study.accessionNumber.value, seriesDescription,
    ]
    if texts.contains(where: { !$0.utf8.allSatisfy { $0 < 128 } }) {
      try root.put(.specificCharacterSet, "ISO_IR 192")
    }
    try root.put(.patientName, patient.name.value)
    try root.put(.patientID, patient.id.value)
    try root.put(.patientBirthDate, patient.birthDate.value)
    try root.put(.patientSex, patient.sex.value)
    try root.put(.studyInstanceUID, study.studyInstanceUID)
    try root.put(.studyDate, study.date.value)
    try root.put(.studyTime, study.time.value)
    try root.put(.studyID, study.id.value)
    try root.put(.accessionNumber, study.accessionNumber.value)
    try root.put(.referringPhysicianName, "")
    if !study.description.value.isEmpty {
      try root.put(.studyDescription, study.description.value)
    }
  }

  private func putSeriesAndEquipment(to root: DatasetItem) throws {
    switch objectClass {
    case .computedRadiography: try root.put(.modality, "CR")
    case .digitalXRay: try root.put(.modality, "DX")
    case .computedTomography: try root.put(.modality, "CT")
    case .secondaryCapture: try root.put(.modality, "OT")
    }
    try root.put(.seriesInstanceUID, identity.seriesInstanceUID)
    try root.put(.seriesNumber, integer: identity.seriesNumber)
    try root.put(.seriesDate, identity.date)
    try root.put(.seriesTime, identity.time)
    if !seriesDescription.isEmpty { try root.put(.seriesDescription, seriesDescription) }
    try root.put(.bodyPartExamined, bodyPartExamined)
    try root.put(.manufacturer, manufacturer)
    try root.put(.manufacturerModelName, modelName)
    try root.put(.softwareVersions, softwareVersion)
  }

  private func putGeneralImage(to root: DatasetItem) throws {
    try root.put(.instanceNumber, integer: identity.instanceNumber)
    try root.put(.contentDate, identity.date)
    try root.put(.contentTime, identity.time)
    try root.put(.acquisitionDate, identity.date)
    try root.put(.acquisitionTime, identity.time)
    let origin = provenance == nil ? ["ORIGINAL", "PRIMARY"] : ["DERIVED", "SECONDARY"]
    try root.put(.imageType, (origin + imageTypeTail).joined(separator: "\\"))
    try root.put(.burnedInAnnotation, "NO")
    guard let provenance else {
      return try root.put(.lossyImageCompression, "00")
    }
    try root.put(.derivationDescription, CommonModules.ascii(provenance.description, 1024))
    try root.append(.contributingEquipmentSequence) { item in
      try item.append(
        .purposeOfReferenceCodeSequence,
        code: CodedConcept("109103", "DCM", "Modifying Equipment"))
      try item.put(.manufacturer, CommonModules.manufacturer)
      try item.put(.manufacturerModelName, modelName)
      try item.put(.softwareVersions, softwareVersion)
      try item.put(
        .contributionDescription, CommonModules.ascii(provenance.description, 1024))
    }
    try root.put(.lossyImageCompression, provenance.isLossy ? "01" : "00")
    guard provenance.isLossy else { return }
    if let ratio = provenance.ratio {
      try root.put(.lossyImageCompressionRatio, decimals: [(ratio * 100).rounded() / 100])
    }
    try root.put(.lossyImageCompressionMethod, "ISO_10918_1")
  }

  /// Units of the stored values, window and padding.
  private func putTransforms(to root: DatasetItem) throws {
    if let rescale {
      try root.put(.rescaleIntercept, decimals: [rescale.intercept])
      try root.put(.rescaleSlope, decimals: [rescale.slope])
      try root.put(.rescaleType, objectClass == .computedTomography ? "HU" : "US")
    }
    if let window {
      try root.put(.windowCenter, decimals: [window.center])
      try root.put(.windowWidth, decimals: [max(1, window.width)])
    }
    if let pixelPaddingValue, case .grayscale(_, _, let isSigned, _) = content {
      try root.put(.pixelPaddingValue, short: [pixelPaddingValue], signed: isSigned)
    }
  }
}
