/// SOP classes (PS3.4 B.5) that this program names.
package enum SOPClass {
  package static let computedRadiography = UID(known: "1.2.840.10008.5.1.4.1.1.1")
  package static let digitalXRayPresentation = UID(known: "1.2.840.10008.5.1.4.1.1.1.1")
  package static let digitalXRayProcessing = UID(known: "1.2.840.10008.5.1.4.1.1.1.1.1")
  package static let computedTomography = UID(known: "1.2.840.10008.5.1.4.1.1.2")
  package static let enhancedCT = UID(known: "1.2.840.10008.5.1.4.1.1.2.1")
  package static let legacyConvertedEnhancedCT = UID(known: "1.2.840.10008.5.1.4.1.1.2.2")
  package static let secondaryCapture = UID(known: "1.2.840.10008.5.1.4.1.1.7")
  package static let grayscalePresentationState = UID(known: "1.2.840.10008.5.1.4.1.1.11.1")
  package static let segmentation = UID(known: "1.2.840.10008.5.1.4.1.1.66.4")
  package static let labelmapSegmentation = UID(known: "1.2.840.10008.5.1.4.1.1.66.7")
  package static let structureSet = UID(known: "1.2.840.10008.5.1.4.1.1.481.3")
  package static let mediaDirectory = UID(known: "1.2.840.10008.1.3.10")
}

/// Transfer syntaxes (PS3.5 A) that this program names.
package enum TransferSyntax {
  package static let implicitLittleEndian = UID(known: "1.2.840.10008.1.2")
  package static let explicitLittleEndian = UID(known: "1.2.840.10008.1.2.1")
  package static let deflatedExplicitLittleEndian = UID(known: "1.2.840.10008.1.2.1.99")
  package static let explicitBigEndian = UID(known: "1.2.840.10008.1.2.2")
  package static let jpegBaseline = UID(known: "1.2.840.10008.1.2.4.50")
  package static let jpegExtended = UID(known: "1.2.840.10008.1.2.4.51")
  package static let jpegLossless = UID(known: "1.2.840.10008.1.2.4.57")
  package static let jpegLosslessSV1 = UID(known: "1.2.840.10008.1.2.4.70")
  package static let jpegLSLossless = UID(known: "1.2.840.10008.1.2.4.80")
  package static let jpegLSNearLossless = UID(known: "1.2.840.10008.1.2.4.81")
  package static let jpeg2000Lossless = UID(known: "1.2.840.10008.1.2.4.90")
  package static let jpeg2000 = UID(known: "1.2.840.10008.1.2.4.91")
  package static let rleLossless = UID(known: "1.2.840.10008.1.2.5")
}
