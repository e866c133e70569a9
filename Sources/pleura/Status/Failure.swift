import ArgumentParser
import DICOM
import Findings
import Foundation
import Graphs
import Networks
import Reports
import Scoring
import Training

/// Turns an error into one line on stderr and the exit code of `docs/cli.md`.
enum Failure {
  static func report(_ error: any Error) -> ExitCode {
    switch error {
    case let code as ExitCode: return code
    case let error as StoreError:
      line(error.description, advice: error.advice)
      return ExitCode(error.exitCode)
    case let error as DICOMError:
      line(error.description, advice: error.advice)
      return ExitStatus.failure
    case let error as AnnotationError:
      line(error.description, advice: error.advice)
      return ExitStatus.failure
    case let error as ScoringError:
      line(error.description, advice: error.advice)
      return error.code == .modelMissing || error.code == .modelUnsuitable
        ? ExitStatus.modelRefused : ExitStatus.failure
    case let error as ModelError:
      line(error.description, advice: "restore the model package; `pleura model verify` checks it")
      return ExitStatus.modelRefused
    case let error as ReportsError:
      line(error.description, advice: error.advice)
      return ExitStatus.failure
    case let error as TrainingError:
      line(error.description, advice: error.advice)
      return ExitStatus.failure
    case let error as ONNXError:
      line(error.description, advice: nil)
      return ExitStatus.modelRefused
    default:
      line(String(describing: error), advice: nil)
      return ExitStatus.failure
    }
  }

  static func line(_ text: String, advice: String?) {
    StatusPrinter.write("pleura: \(text)" + (advice.map { "; \($0)" } ?? "") + "\n")
  }

  /// Runs a command's body and ends with the exit code of what it throws.
  static func guarded(_ body: () throws -> ExitCode) throws {
    let code: ExitCode
    do {
      code = try body()
    } catch {
      code = report(error)
    }
    if code.rawValue != 0 { throw code }
  }
}
