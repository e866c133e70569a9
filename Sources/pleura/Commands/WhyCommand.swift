import ArgumentParser
import DICOM
import Findings
import Foundation
import Intake

/// `pleura why`: what became of a file or a study.
struct WhyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "why",
    abstract: "Says what became of a file (path or ledger number) or of a study (UID), and why.")

  @Argument(help: "A path, a ledger number, or a Study Instance UID.")
  var subject: String
  @OptionGroup var results: ResultOptions

  func run() throws {
    try Failure.guarded {
      let store = try FindingsStore(path: results.store, mode: .read)
      if UID.isValid(subject), subject.contains("."),
        let id = try store.studyID(studyInstanceUID: subject)
      {
        try explainStudy(id, in: store)
        return ExitCode.success
      }
      let file: LedgerFile?
      if let number = Int64(subject) {
        file = try store.ledgerFile(id: number)
      } else {
        file = try FileIdentity.of(FolderScan.absolute(subject)).flatMap {
          try store.ledgerFile($0)
        }
      }
      guard let file else {
        print("not in this store: it was never seen, or it has changed since")
        return ExitStatus.failure
      }
      explain(file)
      return ExitCode.success
    }
  }

  private func explain(_ file: LedgerFile) {
    print("file \(file.id): \(file.state.rawValue)")
    if let reason = file.reason {
      let place = file.place.map { " at \($0)" } ?? ""
      print("  \(reason)\(place); \(ReasonAdvice.of(reason))")
    }
    if let sha256 = file.sha256 { print("  SHA-256 \(sha256)") }
    if file.crashes + file.kills > 0 {
      print("  the program crashed \(file.crashes) and was killed \(file.kills) times at it")
    }
  }

  private func explainStudy(_ id: Int64, in store: FindingsStore) throws {
    guard let study = try store.study(id: id) else { return }
    print("study: \(study.state.rawValue), \(study.instanceCount) instances")
    var query = FindingsQuery()
    query.studyInstanceUID = study.studyInstanceUID
    query.includesSuperseded = true
    for finding in try store.findings(query) {
      let sign = finding.isPositive ? "positive" : "negative"
      print(
        "  \(finding.label) \(sign), probability \(String(format: "%.3f", finding.probability))"
          + (finding.isExperimental == true ? " (experimental)" : "")
          + " by \(finding.modelName) \(finding.modelVersion)")
    }
    for file in try store.files(ofStudy: id) {
      try store.ledgerFile(id: file.fileID).map(explain)
    }
  }
}
