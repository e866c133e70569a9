import Imaging

/// Builds an `Instance` from an admitted file and its parsed header.
struct InstanceParser {
  let structure: Structure
  let dataSet: DataSet
  let limits: Limits

  /// - Throws: `missingAttribute`, `invalidUID`, `noPixelData`, `mediaDirectory` and the errors of
  ///   the image pixel module.
  func instance(path: String, sha256: String, byteCount: Int) throws(DICOMError) -> Instance {
    let (identity, absent) = try identity()
    var pixels: PixelDescription?
    if let data = structure.pixelData {
      let module = PixelModuleReading(dataSet: dataSet, limits: limits)
      let description = try module.description()
      try module.check(description, data)
      pixels = description
    }
    let rule = KindRule(
      sopClass: identity.sopClassUID, modality: text(.modality),
      bodyPart: text(.bodyPartExamined).uppercased(), imageType: dataSet.texts(.imageType),
      pixels: pixels)
    switch rule.kind {
    case .radiograph, .computedTomography:
      if let absent { throw absent }
    case .otherImage, .nonImage: break
    }
    var instance = Instance(
      path: Sensitive(path), sha256: sha256, byteCount: byteCount, identity: identity,
      transferSyntaxUID: structure.transferSyntax, kind: rule.kind)
    instance.pixels = pixels
    instance.hasDerivedIdentifiers = absent != nil
    fillImage(&instance)
    fillGeometry(&instance)
    fillPeople(&instance)
    return instance
  }

  /// An object without pixels that lacks its identifiers is nothing to index: `noPixelData`.
  /// An image without Study or Series Instance UID gets them derived from its own, and the error
  /// comes along: it stands where the image would be scored.
  private func identity() throws(DICOMError) -> (Instance.Identity, absent: DICOMError?) {
    if structure.mediaStorageSOPClass == SOPClass.mediaDirectory.value
      || dataSet.itemCount(.directoryRecordSequence) > 0
    {
      throw DICOMError(.mediaDirectory)
    }
    do throws(DICOMError) {
      let sopClass = try dataSet.uid(.sopClassUID)
      let sopInstance = try dataSet.uid(.sopInstanceUID)
      var absent: DICOMError?
      func grouping(_ tag: Tag) throws(DICOMError) -> UID {
        do throws(DICOMError) {
          return try dataSet.uid(tag)
        } catch {
          guard error.code == .missingAttribute else { throw error }
          absent = absent ?? error
          return UID.derived(from: [sopInstance.value, tag.number])
        }
      }
      let study = try grouping(.studyInstanceUID)
      let series = try grouping(.seriesInstanceUID)
      let identity = Instance.Identity(
        sopClassUID: sopClass, sopInstanceUID: sopInstance, studyInstanceUID: study,
        seriesInstanceUID: series)
      return (identity, absent)
    } catch {
      guard structure.pixelData == nil, error.code == .missingAttribute else { throw error }
      throw DICOMError(.noPixelData, at: error.place, valueClass: .absent)
    }
  }

  private func text(_ tag: Tag) -> String { dataSet.text(tag) ?? "" }

  private func sensitive(_ tag: Tag) -> Sensitive<String> {
    Sensitive(dataSet.text(tag, asUTF8: true) ?? "")
  }

  private func fillImage(_ instance: inout Instance) {
    instance.modality = text(.modality)
    instance.imageType = dataSet.texts(.imageType)
    instance.bodyPartExamined = text(.bodyPartExamined).uppercased()
    instance.viewPosition = text(.viewPosition)
    instance.patientOrientation = dataSet.texts(.patientOrientation)
    instance.instanceNumber = dataSet.integer(.instanceNumber)
    instance.seriesNumber = dataSet.integer(.seriesNumber)
    instance.acquisitionNumber = dataSet.integer(.acquisitionNumber)
    instance.numberOfStudyRelatedInstances = dataSet.integer(.numberOfStudyRelatedInstances)
    instance.numberOfSeriesRelatedInstances = dataSet.integer(.numberOfSeriesRelatedInstances)
    instance.manufacturer = text(.manufacturer)
    instance.lossyImageCompression = text(.lossyImageCompression) == "01"
    instance.burnedInAnnotation = text(.burnedInAnnotation) == "YES"
  }

  private func fillGeometry(_ instance: inout Instance) {
    // Without it frames cannot be shown to share a patient space; a broken one counts as absent.
    instance.frameOfReferenceUID = dataSet.text(.frameOfReferenceUID).flatMap {
      try? UID(validating: $0)
    }
    guard let pixels = instance.pixels else { return }
    let reading = GeometryReading(dataSet: dataSet, groups: FunctionalGroups(dataSet))
    instance.frames = reading.planes(frames: pixels.numberOfFrames)
    if let found = reading.spacing() {
      instance.pixelSpacing = found.spacing
      instance.pixelSpacingIsAtDetector = found.isAtDetector
    }
    instance.sliceThicknessMillimetres =
      dataSet.number(.sliceThickness)
      ?? reading.groups.numbers(.sliceThickness, of: .pixelMeasuresSequence, frame: 0).first
    instance.gantryTiltDegrees = dataSet.number(.gantryDetectorTilt)
  }

  private func fillPeople(_ instance: inout Instance) {
    instance.patientID = sensitive(.patientID)
    instance.patientName = sensitive(.patientName)
    instance.patientBirthDate = sensitive(.patientBirthDate)
    instance.patientSex = sensitive(.patientSex)
    instance.accessionNumber = sensitive(.accessionNumber)
    instance.studyID = sensitive(.studyID)
    instance.studyDate = sensitive(.studyDate)
    instance.studyTime = sensitive(.studyTime)
    instance.studyDescription = sensitive(.studyDescription)
    instance.seriesDescription = sensitive(.seriesDescription)
    instance.referringPhysicianName = sensitive(.referringPhysicianName)
  }
}
