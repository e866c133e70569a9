import Findings
import Foundation

/// The worklist as text; the columns are a contract (docs/store.md).
package enum WorklistTable {
  /// All columns: for CSV and JSON.
  package static func full(_ rows: [WorklistRow]) -> TextTable {
    TextTable(
      columns: [
        "position", "priority", "reason", "overdue", "waitingMinutes", "state", "label",
        "probability", "side", "areaMM2", "volumeML", "sizeShare", "modality", "studyDate",
        "patientID", "accessionNumber", "studyInstanceUID", "preview", "segmentation",
        "presentationState", "secondaryCapture", "experimental",
      ],
      rows: rows.enumerated().map { index, row in
        [
          .integer(Int64(index + 1)), .text(row.level.rawValue), .text(row.reason),
          .truth(row.isOverdue), .integer(Int64(row.waitingSeconds / 60)),
          .text(row.isScored ? "scored" : "unscored"), .init(row.finding?.label),
          .init(row.finding?.probability), .init(row.finding?.side?.rawValue),
          .init(row.finding?.areaMM2), .init(row.finding?.volumeML),
          .init(row.finding?.sizeShare), .text(row.study.modality), .text(row.study.studyDate),
          .text(row.study.patientID), .text(row.study.accessionNumber),
          .text(row.study.studyInstanceUID), .init(row.output(.preview)?.path),
          .init(row.output(.segmentation)?.path), .init(row.output(.presentationState)?.path),
          .init(row.output(.secondaryCapture)?.path), .init(row.finding?.isExperimental),
        ]
      })
  }

  /// What fits a terminal.
  package static func short(_ rows: [WorklistRow]) -> TextTable {
    TextTable(
      columns: [
        "#", "priority", "waited", "state", "probability", "experimental", "side", "modality",
        "study", "reason",
      ],
      rows: rows.enumerated().map { index, row in
        [
          .integer(Int64(index + 1)), .text(row.level.rawValue + (row.isOverdue ? "!" : "")),
          .text(duration(row.waitingSeconds)), .text(row.isScored ? "scored" : "unscored"),
          .init(row.finding?.probability), .init(row.finding?.isExperimental),
          .init(row.finding?.side?.rawValue), .text(row.study.modality),
          .text(row.study.studyInstanceUID), .text(row.reason),
        ]
      })
  }

  /// `3 h 07 min`, `12 min`.
  static func duration(_ seconds: TimeInterval) -> String {
    let minutes = Int(seconds / 60)
    guard minutes >= 60 else { return "\(minutes) min" }
    return "\(minutes / 60) h " + String(format: "%02d min", minutes % 60)
  }
}
