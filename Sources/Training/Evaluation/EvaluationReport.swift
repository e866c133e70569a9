import Foundation

/// How a model did on one set of pictures, beside what it costs nothing to do.
package struct EvaluationReport: Sendable {
  package let model: String
  package let modelDigest: String
  /// What the model says of its scores; nil: not stated.
  package var experimental: Bool?
  /// Of the model that found the lungs; nil when none did.
  package var lungModelDigest: String?
  package let label: String
  /// What was evaluated on: "radiograph-phantoms seed 777 count 200 size 512", or a list's name.
  package let set: String
  package let n: Int
  package let positives: Int
  /// How many patients; pictures without one count as patients of their own.
  package var patients = 0
  package var auroc: Estimate?
  /// The same area with its interval by patient: wider where patients have several films, which
  /// DeLong's takes for as many patients.
  package var aurocByPatient: Estimate?
  /// Why there is no AUROC.
  package var aurocReason: String?
  /// AUROC over pairs from the same origin alone, so that origins cannot give labels away.
  package var aurocWithinOrigins: Estimate?
  package var operatingPoint: OperatingPointReport?
  package var image: ImageReport?
  /// Baselines for the picture's label: mean darkness of the picture, and of its lungs, and
  /// whether the column `view` says AP.
  package var darknessAUROC: Estimate?
  package var lungDarknessAUROC: Estimate?
  package var viewAUROC: Estimate?
  /// CT: the baseline is brightness then, which ranks as darkness turned round.
  package var lesionsAreBright = false
  /// Only where the lesion is drawn.
  package var map: MapReport?
  /// Why there are no figures of the map.
  package var mapReason: String?
  package var strata: [Stratum] = []
  /// Where the maps of each method lie on the positives; nil unless their page was asked for.
  package var mapMethods: [MapMethodReport]?
  /// nil for phantoms.
  package var skipped: SkippedRows?
  package var oddities = Oddities()
  package var bootstrap = BootstrapNote(replicates: 1000, seed: 1)

  /// Pictures that took part although something about them is odd.
  package struct Oddities: Sendable, Codable, Hashable {
    /// Pictures whose lungs were not found or not trusted: whole film in their stead.
    package var withoutLungs = 0
    /// Positives without a drawn lesion, in a set where others have one.
    package var positivesNotDrawn = 0
    /// Label 1 and an empty mask; label 0 and a lesion.
    package var positivesWithEmptyMask = 0
    package var negativesWithLesion = 0
  }

  /// How intervals named "bootstrap-patients" were drawn.
  package struct BootstrapNote: Sendable, Codable, Hashable {
    package let replicates: Int
    package let seed: UInt64
    package private(set) var unit = "patient"
    package private(set) var interval = "percentile, 95 %"

    package init(replicates: Int, seed: UInt64) {
      self.replicates = replicates
      self.seed = seed
    }
  }
}

extension EvaluationReport: Encodable {
  private enum Key: String, CodingKey {
    case type, model, modelDigest, experimental, lungModelDigest, label, set, n, positives, patients
    case auroc, aurocInterval, aurocEstimate, aurocByPatient, aurocReason
    case aurocWithinOrigins, aurocWithinOriginsEstimate
    case pixelPRAUC, pixelPRAUCInterval, pixelAP, dice, diceInterval, iou
    case operatingPoint, image, darknessAUROC, lungDarknessAUROC, viewAUROC, map, mapReason, strata
    case mapMethods
    case lesionsAreBright, skipped
    case oddities, bootstrap, definitions
  }

  /// Figures that cannot be said are null, never absent.
  package func encode(to encoder: any Encoder) throws {
    var all = encoder.container(keyedBy: Key.self)
    try all.encode("evaluation", forKey: .type)
    try all.encode(model, forKey: .model)
    try all.encode(modelDigest, forKey: .modelDigest)
    try all.encode(experimental, forKey: .experimental)
    try all.encode(lungModelDigest, forKey: .lungModelDigest)
    try all.encode(label, forKey: .label)
    try all.encode(set, forKey: .set)
    try all.encode(n, forKey: .n)
    try all.encode(positives, forKey: .positives)
    try all.encode(patients, forKey: .patients)
    try encodeHeadline(&all)
    try all.encode(operatingPoint, forKey: .operatingPoint)
    try all.encode(image, forKey: .image)
    try all.encode(darknessAUROC, forKey: .darknessAUROC)
    try all.encode(lungDarknessAUROC, forKey: .lungDarknessAUROC)
    try all.encode(viewAUROC, forKey: .viewAUROC)
    try all.encode(lesionsAreBright, forKey: .lesionsAreBright)
    try all.encode(map, forKey: .map)
    try all.encode(mapReason, forKey: .mapReason)
    try all.encode(strata, forKey: .strata)
    try all.encodeIfPresent(mapMethods, forKey: .mapMethods)
    try all.encode(skipped, forKey: .skipped)
    try all.encode(oddities, forKey: .oddities)
    try all.encode(bootstrap, forKey: .bootstrap)
    try all.encode(Self.definitions, forKey: .definitions)
  }

  private func encodeHeadline(_ all: inout KeyedEncodingContainer<Key>) throws {
    try all.encode(auroc?.value, forKey: .auroc)
    try all.encode(auroc?.limits, forKey: .aurocInterval)
    try all.encode(auroc, forKey: .aurocEstimate)
    try all.encode(aurocByPatient, forKey: .aurocByPatient)
    try all.encode(aurocReason, forKey: .aurocReason)
    try all.encode(aurocWithinOrigins?.value, forKey: .aurocWithinOrigins)
    try all.encode(aurocWithinOrigins, forKey: .aurocWithinOriginsEstimate)
    let area = map?.pixels.trapezoid
    try all.encode(area?.value, forKey: .pixelPRAUC)
    try all.encode(area?.limits, forKey: .pixelPRAUCInterval)
    try all.encode(map?.pixelAP, forKey: .pixelAP)
    let dice = map?.dice.positivesOnly
    try all.encode(dice?.value, forKey: .dice)
    try all.encode(dice?.limits, forKey: .diceInterval)
    try all.encode(map?.overlap.model[.iouPooled]?.value, forKey: .iou)
  }

  /// What each figure means, for people; keys as in the report.
  package static var definitions: [String: String] {
    var texts = [
      "auroc": "area under the ROC curve of the score, ties half; DeLong on the logit scale",
      "aurocWithinOrigins": "AUROC over pairs of the same origin alone; bootstrap by patient",
      "pixelPRAUC":
        "area under the precision-recall curve by trapezoid, map values of all pixels inside the "
        + "lungs of films with a lesion, pooled (Yang et al. 2021)",
      "pixelAP": "the same curve as average precision, sum of (R_i - R_(i-1)) P_i",
      "dice": OverlapDefinition.dicePositives.meaning
        + "; regions of the map at the model's threshold, none where the film is not called",
      "iou": OverlapDefinition.iouPooled.meaning,
      "ungated": "regions of the map whether or not the film is called positive",
      "darkest": "the darkest share of the lungs (CT: brightest), the share chosen on this truth",
    ]
    for definition in OverlapDefinition.allCases {
      texts[definition.rawValue] = definition.meaning
    }
    return texts
  }

  /// With sorted keys; on one line, or laid out for people.
  package func json(oneLine: Bool = false) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting =
      oneLine
      ? [.sortedKeys, .withoutEscapingSlashes]
      : [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else { throw TrainingError(.output) }
    return String(decoding: data, as: UTF8.self)
  }
}

extension Estimate {
  /// Lower and upper limit.
  package var limits: [Double] { [lower, upper] }
}
