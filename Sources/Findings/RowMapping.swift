import Foundation
import GRDB
import Imaging

extension FindingRow {
  init(_ row: Row) {
    self.init(
      id: row["id"], runID: row["runID"], studyID: row["studyID"],
      studyInstanceUID: row["studyInstanceUID"], patientID: row["patientID"],
      accessionNumber: row["accessionNumber"], studyDate: row["studyDate"],
      modality: row["modality"], seriesInstanceUID: row["seriesInstanceUID"],
      sopInstanceUID: row["sopInstanceUID"], label: row["label"], codeValue: row["codeValue"],
      codingScheme: row["codingScheme"], codeMeaning: row["codeMeaning"],
      probability: row["probability"], isCalibrated: row["calibrated"],
      threshold: row["threshold"], isPositive: row["positive"], side: findingSide(row["side"]),
      areaMM2: row["areaMM2"], volumeML: row["volumeML"], sizeShare: row["sizeShare"],
      lungQualityFlags: (row["lungQualityFlags"] as String).split(separator: ",").map(String.init),
      method: row["method"], modelName: row["modelName"], modelVersion: row["modelVersion"],
      isExperimental: row["experimental"], finishedAt: row["finishedAt"],
      isSuperseded: row["supersededByRunID"] != nil)
  }
}

extension FindingRegion {
  init(_ row: Row) {
    side = findingSide(row["side"])
    areaPixels = row["areaPixels"]
    areaMM2 = row["areaMM2"]
    volumeML = row["volumeML"]
    boxColumn = row["boxColumn"]
    boxRow = row["boxRow"]
    boxWidth = row["boxWidth"]
    boxHeight = row["boxHeight"]
    centroidColumn = row["centroidColumn"]
    centroidRow = row["centroidRow"]
    if let x: Double = row["centroidX"], let y: Double = row["centroidY"],
      let z: Double = row["centroidZ"]
    {
      centroid = Vector3(x, y, z)
    }
    peak = row["peak"]
    mean = row["mean"]
    sopInstanceUID = row["sopInstanceUID"]
    firstFrame = row["firstFrame"]
    lastFrame = row["lastFrame"]
  }
}

extension OutputObject {
  /// Nil for a kind that this version does not know.
  init?(_ row: Row) {
    guard let kind = Kind(rawValue: row["kind"]) else { return nil }
    self.init(
      kind: kind, sopInstanceUID: row["sopInstanceUID"], path: row["path"],
      sha256: row["sha256"], byteCount: row["byteCount"])
  }
}

private func findingSide(_ text: String?) -> FindingSide? {
  text.flatMap(FindingSide.init(rawValue:))
}
