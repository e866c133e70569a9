/// Findings as `pleura findings` prints them; the columns are a contract (docs/store.md).
package enum FindingsTable {
  /// All columns: for CSV and JSON.
  package static func full(_ rows: [FindingRow]) -> TextTable {
    TextTable(
      columns: [
        "studyInstanceUID", "studyDate", "modality", "patientID", "accessionNumber", "label",
        "codeValue", "codingScheme", "codeMeaning", "probability", "calibrated", "threshold",
        "positive", "side", "areaMM2", "volumeML", "sizeShare", "lungQualityFlags", "method",
        "modelName", "modelVersion", "seriesInstanceUID", "sopInstanceUID", "experimental",
      ],
      rows: rows.map { row in
        [
          .text(row.studyInstanceUID), .text(row.studyDate), .text(row.modality),
          .text(row.patientID), .text(row.accessionNumber), .text(row.label),
          .init(row.codeValue), .init(row.codingScheme), .init(row.codeMeaning),
          .number(row.probability), .truth(row.isCalibrated), .init(row.threshold),
          .truth(row.isPositive), .init(row.side?.rawValue), .init(row.areaMM2),
          .init(row.volumeML), .init(row.sizeShare),
          .text(row.lungQualityFlags.joined(separator: " ")), .init(row.method),
          .text(row.modelName), .text(row.modelVersion), .init(row.seriesInstanceUID),
          .init(row.sopInstanceUID), .init(row.isExperimental),
        ]
      })
  }

  /// What fits a terminal.
  package static func short(_ rows: [FindingRow]) -> TextTable {
    TextTable(
      columns: [
        "label", "probability", "experimental", "positive", "side", "areaMM2", "volumeML",
        "modality", "studyDate", "studyInstanceUID",
      ],
      rows: rows.map { row in
        [
          .text(row.label), .number(row.probability), .init(row.isExperimental),
          .truth(row.isPositive), .init(row.side?.rawValue), .init(row.areaMM2),
          .init(row.volumeML),
          .text(row.modality), .text(row.studyDate), .text(row.studyInstanceUID),
        ]
      })
  }
}
