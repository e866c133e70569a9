/// Decides what an object is to this program, from its SOP class, modality and body part.
struct KindRule {
  var sopClass: UID
  var modality: String
  var bodyPart: String
  var imageType: [String]
  var pixels: PixelDescription?

  var kind: Instance.Kind {
    if let reason = Self.nonImages[sopClass.value] { return .nonImage(reason) }
    if sopClass.value.hasPrefix("1.2.840.10008.5.1.4.1.1.88") {
      return .nonImage(.structuredReport)
    }
    if sopClass.value.hasPrefix("1.2.840.10008.5.1.4.1.1.11") {
      return .nonImage(.presentationState)
    }
    if sopClass.value.hasPrefix("1.2.840.10008.5.1.4.1.1.9.") { return .nonImage(.waveform) }
    if sopClass.value.hasPrefix("1.2.840.10008.5.1.4.1.1.104") {
      return .nonImage(.encapsulatedDocument)
    }
    let isRadiotherapy = sopClass.value.hasPrefix("1.2.840.10008.5.1.4.1.1.481")
    guard let pixels else { return .nonImage(isRadiotherapy ? .radiotherapy : .noPixelData) }
    if isRadiotherapy { return .otherImage(.radiotherapy) }
    return imageKind(pixels)
  }

  private func imageKind(_ pixels: PixelDescription) -> Instance.Kind {
    switch sopClass {
    case SOPClass.computedTomography, SOPClass.enhancedCT, SOPClass.legacyConvertedEnhancedCT:
      if !pixels.isMonochrome { return .otherImage(.colour) }
      if imageType.contains("LOCALIZER") { return .otherImage(.localizer) }
      return isOutsideTrunk ? .otherImage(.otherBodyPart) : .computedTomography
    case SOPClass.computedRadiography, SOPClass.digitalXRayPresentation,
      SOPClass.digitalXRayProcessing:
      return radiograph(pixels)
    case SOPClass.secondaryCapture, Self.multiframeGrayscaleByte, Self.multiframeGrayscaleWord:
      guard ["CR", "DX", "RG"].contains(modality) else {
        if !pixels.isMonochrome { return .otherImage(.colour) }
        return .otherImage(modality == "CT" ? .derivedObject : .otherModality)
      }
      return radiograph(pixels)
    default:
      return .otherImage(.otherModality)
    }
  }

  private func radiograph(_ pixels: PixelDescription) -> Instance.Kind {
    if !pixels.isMonochrome { return .otherImage(.colour) }
    let abdomen = bodyPart == "ABDOMEN"
    return isOutsideTrunk || abdomen ? .otherImage(.otherBodyPart) : .radiograph
  }

  /// True where Body Part Examined (PS3.16 Annex L) names a part that never shows the lungs; an
  /// empty or unknown value is not a reason to leave a study unread.
  private var isOutsideTrunk: Bool { Self.outsideTrunk.contains(bodyPart) }

  private static let outsideTrunk: Set<String> = [
    "ANKLE", "ARM", "BRAIN", "CALCANEUS", "CALF", "CSKULL", "EAR", "ELBOW", "EXTREMITY", "EYE",
    "FACE", "FEMUR", "FINGER", "FOOT", "FOREARM", "HAND", "HEAD", "HIP", "JAW", "KNEE", "LEG",
    "LOWERLEG", "MANDIBLE", "MAXILLA", "ORBIT", "PELVIS", "PROSTATE", "RADIUS", "SKULL", "TEMPLE",
    "THIGH", "THUMB", "TIBIA", "TOE", "ULNA", "WRIST",
  ]

  private static let multiframeGrayscaleByte = UID(known: "1.2.840.10008.5.1.4.1.1.7.2")
  private static let multiframeGrayscaleWord = UID(known: "1.2.840.10008.5.1.4.1.1.7.3")

  private static let nonImages: [String: Instance.Kind.Reason] = [
    SOPClass.segmentation.value: .segmentation,
    SOPClass.labelmapSegmentation.value: .segmentation,
    "1.2.840.10008.5.1.4.1.1.66.5": .segmentation,
    "1.2.840.10008.5.1.4.1.1.30": .parametricMap,
    SOPClass.mediaDirectory.value: .mediaDirectory,
  ]
}
