import Foundation
import GRDB

/// What `pleura findings` asks: every part that is set narrows the answer.
package struct FindingsQuery: Sendable {
  package var label: String?
  package var minimumProbability: Double?
  package var maximumProbability: Double?
  package var side: FindingSide?
  /// Study dates, `YYYYMMDD`, both ends included.
  package var fromStudyDate: String?
  package var toStudyDate: String?
  /// Modality (0008,0060) of the study, such as `CR`.
  package var modality: String?
  /// Model name, with or without `@` and version.
  package var model: String?
  package var positiveOnly = false
  package var studyInstanceUID: String?
  /// Also findings that a later run on the study replaced.
  package var includesSuperseded = false
  package var limit: Int?

  package init() {}
}

/// One row of the answer.
package struct FindingRow: Sendable {
  package let id: Int64
  package let runID: Int64
  package let studyID: Int64
  package let studyInstanceUID: String
  package let patientID: String
  package let accessionNumber: String
  package let studyDate: String
  package let modality: String
  package let seriesInstanceUID: String?
  package let sopInstanceUID: String?
  package let label: String
  package let codeValue: String?
  package let codingScheme: String?
  package let codeMeaning: String?
  package let probability: Double
  package let isCalibrated: Bool
  package let threshold: Double?
  package let isPositive: Bool
  package let side: FindingSide?
  package let areaMM2: Double?
  package let volumeML: Double?
  package let sizeShare: Double?
  package let lungQualityFlags: [String]
  package let method: String?
  package let modelName: String
  package let modelVersion: String
  /// Whether the model called its scores experimental; nil: not stated, as in all rows of before.
  package let isExperimental: Bool?
  package let finishedAt: Date
  package let isSuperseded: Bool
}

extension FindingsStore {
  /// The findings that `query` asks for: highest probability first, then by study and label.
  package func findings(_ query: FindingsQuery = FindingsQuery()) throws -> [FindingRow] {
    let (conditions, arguments) = Self.conditions(of: query)
    let limit = query.limit.map { "LIMIT \(max(0, $0))" } ?? ""
    let sql = """
      SELECT finding.*, study.studyInstanceUID, study.patientID, study.accessionNumber,
        study.studyDate, study.modality, series.seriesInstanceUID, model.name AS modelName,
        model.version AS modelVersion, run.finishedAt, run.supersededByRunID
      FROM finding JOIN run ON run.id = finding.runID JOIN study ON study.id = finding.studyID
        JOIN model ON model.id = run.modelID LEFT JOIN series ON series.id = finding.seriesID
      WHERE \((["run.state = 'finished'"] + conditions).joined(separator: " AND "))
      ORDER BY finding.probability DESC, study.studyInstanceUID, finding.label, finding.findingIndex
      \(limit)
      """
    return try read { try Row.fetchAll($0, sql: sql, arguments: arguments).map(FindingRow.init) }
  }

  private static func conditions(of query: FindingsQuery) -> ([String], StatementArguments) {
    var conditions: [String] = []
    var arguments = StatementArguments()
    func add(_ condition: String, _ value: (any DatabaseValueConvertible)?) {
      guard let value else { return }
      conditions.append(condition)
      arguments += [value]
    }
    add("finding.label = ?", query.label)
    add("finding.probability >= ?", query.minimumProbability)
    add("finding.probability <= ?", query.maximumProbability)
    add("finding.side = ?", query.side?.rawValue)
    add("study.studyDate >= ?", query.fromStudyDate)
    add("study.studyDate <= ?", query.toStudyDate)
    add("instr('\\' || study.modality || '\\', '\\' || ? || '\\') > 0", query.modality)
    add("study.studyInstanceUID = ?", query.studyInstanceUID)
    if let model = query.model {
      let parts = model.split(separator: "@", maxSplits: 1).map(String.init)
      add("model.name = ?", parts.first ?? "")
      if parts.count == 2 { add("model.version = ?", parts[1]) }
    }
    if query.positiveOnly { conditions.append("finding.positive = 1") }
    if !query.includesSuperseded { conditions.append("run.supersededByRunID IS NULL") }
    return (conditions, arguments)
  }

  /// The regions of a finding in their order.
  package func regions(ofFinding id: Int64) throws -> [FindingRegion] {
    try read { db in
      try Row.fetchAll(
        db, sql: "SELECT * FROM region WHERE findingID = ? ORDER BY regionIndex", arguments: [id]
      ).map(FindingRegion.init)
    }
  }

  /// The objects of a run, or of one finding of it, in the order they were recorded.
  package func outputs(ofRun run: Int64, finding: Int64? = nil) throws -> [OutputObject] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT * FROM outputObject WHERE runID = ? AND (? IS NULL OR findingID = ?) ORDER BY id
          """, arguments: [run, finding, finding]
      ).compactMap(OutputObject.init)
    }
  }
}
