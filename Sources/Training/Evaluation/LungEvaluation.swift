import Foundation
import Imaging
import Lungs

/// How the lungs found on a set of films compare with lungs drawn on them, at the films' own
/// resolution and after cleaning, as scoring gets them.
package struct LungEvaluation: Sendable, Codable {
  package let set: String
  package let n: Int
  package let dice: DiceReport
  /// How many masks quality control refused, and how often each flag was raised.
  package let refused: Int
  package let flags: [String: Int]

  /// Throws `TrainingError(.noSamples)` for a set without drawn lungs.
  package static func run(
    _ lungs: RadiographLungs, on source: Recipe.Source, corpusRoot: String?, threads: Int
  ) throws -> LungEvaluation {
    let films = try FilmSource(
      source, names: [], corpusRoot: corpusRoot, needs: .init(drawnLungs: true))
    guard films.count > 0 else { throw TrainingError(.noSamples) }
    let results = try Items.map(films.count, threads: threads) { index, workspace in
      let film = try films.film(index)
      let found = try lungs.segment(film.image, using: workspace)
      return (
        found.combined, film.lungs ?? Mask(width: film.image.width, height: film.image.height),
        film.patient, found.quality
      )
    }
    var flags: [String: Int] = [:]
    for result in results { for flag in result.3.flags { flags[flag.rawValue, default: 0] += 1 } }
    return LungEvaluation(
      set: source.title, n: results.count,
      dice: DiceReport(
        predicted: results.map(\.0), truth: results.map(\.1), groups: results.map(\.2)),
      refused: results.filter { !$0.3.usable }.count, flags: flags)
  }

  package func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    guard let data = try? encoder.encode(self) else { throw TrainingError(.output) }
    return String(decoding: data, as: UTF8.self)
  }
}
