import Foundation
import Imaging
import Lungs

/// How the lungs found on a set of films compare with lungs drawn on them, at the films' own
/// resolution and after cleaning, as scoring gets them.
package struct LungEvaluation: Sendable, Encodable {
  package let type = "lung-evaluation"
  package let set: String
  package let n: Int
  package let dice: DiceReport
  /// By every definition (`OverlapDefinition`), with intervals by patient.
  package let overlap: OverlapFigures
  /// How many masks quality control refused, and how often each flag was raised.
  package let refused: Int
  package let flags: [String: Int]

  /// Throws `TrainingError(.noSamples)` for a set without drawn lungs.
  package static func run(
    _ lungs: RadiographLungs, on source: Recipe.Source, corpusRoot: String?, threads: Int
  ) throws -> LungEvaluation {
    var needs = FilmSource.Needs(drawnLungs: true)
    needs.exactMasks = true
    let films = try FilmSource(source, names: [], corpusRoot: corpusRoot, needs: needs)
    guard films.count > 0 else { throw TrainingError(.noSamples) }
    let results = try Items.map(films.count, threads: threads) { index, workspace in
      let film = try films.film(index)
      let found = try lungs.segment(film.image, using: workspace)
      let drawn = film.lungs ?? Mask(width: film.image.width, height: film.image.height)
      return (
        counts: OverlapCounts(predicted: found.combined.bits, truth: drawn.bits),
        patient: film.patient, quality: found.quality
      )
    }
    var flags: [String: Int] = [:]
    for result in results {
      for flag in result.quality.flags { flags[flag.rawValue, default: 0] += 1 }
    }
    let (counts, patients) = (results.map(\.counts), results.map(\.patient))
    return LungEvaluation(
      set: source.title, n: results.count,
      dice: DiceReport(counts: counts, groups: patients, threads: threads),
      overlap: OverlapFigures(
        counts, bootstrap: PatientBootstrap(patients: patients, threads: threads)),
      refused: results.filter { !$0.quality.usable }.count, flags: flags)
  }

  package func json(oneLine: Bool = false) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = oneLine ? [.sortedKeys] : [.prettyPrinted, .sortedKeys]
    guard let data = try? encoder.encode(self) else { throw TrainingError(.output) }
    return String(decoding: data, as: UTF8.self)
  }
}
