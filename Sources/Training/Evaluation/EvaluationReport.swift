import Foundation

/// How a model did on one set of pictures, beside what it costs nothing to do.
package struct EvaluationReport: Sendable, Codable {
  package let model: String
  package let modelDigest: String
  /// Of the model that found the lungs; nil when none did.
  package var lungModelDigest: String?
  package let label: String
  /// What was evaluated on: "radiograph-phantoms seed 777 count 200 size 512", or a list's name.
  package let set: String
  package let n: Int
  package let positives: Int
  package var auroc: Estimate?
  /// AUROC over pairs from the same origin alone, so that origins cannot give labels away.
  package var aurocWithinOrigins: Double?
  package var operatingPoint: OperatingPointReport?
  /// Baselines for the picture's label: mean darkness of the picture, and of its lungs.
  package var darknessAUROC: Estimate?
  package var lungDarknessAUROC: Estimate?
  /// Below: only where the lesion is drawn.
  package var map: MapReport?

  /// How well the map's regions cover the lesion.
  package struct MapReport: Sendable, Codable {
    package var method: String
    package var threshold: Double
    package var thresholdSource: String?
    /// Regions of pictures called positive, against the truth, at the picture's resolution.
    package var dice: DiceReport
    /// As `dice`, without asking whether the picture was called positive.
    package var diceUngated: DiceReport
    /// Share of positives whose largest map value inside the lung lies in the truth.
    package var peakInTruth: Estimate?
    /// Share of positives called positive whose strongest region is on the true side.
    package var sideCorrect: Estimate?
    /// Average precision of map values over all pixels inside the lungs of positives.
    package var pixelAP: Double?
    /// Baselines: raw intensity (radiographs: darkness), whole lung, and nothing at all.
    package var intensityPixelAP: Double?
    package var prevalenceInLung: Double
    package var wholeLungDice: DiceReport
    package var allEmptyDice: DiceReport
  }

  /// Pretty JSON with sorted keys.
  package func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else { throw TrainingError(.output) }
    return String(decoding: data, as: UTF8.self)
  }
}
