import ArgumentParser
import Findings
import Foundation

/// `pleura findings`: what was found, filtered.
struct FindingsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "findings", abstract: "Lists findings by label, probability, side, date, model.")

  @OptionGroup var results: ResultOptions

  @Option(help: "Only this label, such as pneumothorax.")
  var label: String?
  @Option(help: ArgumentHelp("Only findings at least this probable, 0...1.", valueName: "p"))
  var minProbability: Double?
  @Option(help: ArgumentHelp("Only findings at most this probable, 0...1.", valueName: "p"))
  var maxProbability: Double?
  @Option(help: "Only this side of the patient: left, right or both.")
  var side: FindingSide?
  @Option(name: .customLong("from"), help: "Studies from this Study Date on (YYYYMMDD).")
  var from: String?
  @Option(name: .customLong("to"), help: "Studies up to this Study Date (YYYYMMDD).")
  var to: String?
  @Option(help: "Only studies with this modality, such as CR, DX or CT.")
  var modality: String?
  @Option(help: "Only findings of this model: its name, or the start of its digest.")
  var model: String?
  @Option(help: "Only this Study Instance UID.")
  var study: String?
  @Flag(help: "Only findings at or above their operating point.")
  var positive = false
  @Flag(help: "Findings of superseded runs too.")
  var all = false
  @Option(help: "At most this many.")
  var limit: Int?
  @Option(help: "table, csv or json.")
  var format = RowFormat.table

  func validate() throws {
    for date in [from, to].compactMap({ $0 }) {
      guard date.count == 8, date.allSatisfy(\.isNumber) else {
        throw ValidationError("dates are written YYYYMMDD")
      }
    }
    for share in [minProbability, maxProbability].compactMap({ $0 }) {
      guard (0...1).contains(share) else {
        throw ValidationError("a probability lies between 0 and 1")
      }
    }
  }

  func run() throws {
    try Failure.guarded {
      let store = try FindingsStore(path: results.store, mode: .read)
      let rows = try store.findings(query)
      switch format {
      case .table: print(FindingsTable.short(rows).plain, terminator: "")
      case .csv: print(FindingsTable.full(rows).csv, terminator: "")
      case .json: print(FindingsTable.full(rows).json, terminator: "")
      }
      return ExitCode.success
    }
  }

  private var query: FindingsQuery {
    var query = FindingsQuery()
    query.label = label
    query.minimumProbability = minProbability
    query.maximumProbability = maxProbability
    query.side = side
    query.fromStudyDate = from
    query.toStudyDate = to
    query.modality = modality
    query.model = model
    query.studyInstanceUID = study
    query.positiveOnly = positive
    query.includesSuperseded = all
    query.limit = limit
    return query
  }
}

extension FindingSide: ExpressibleByArgument {}
