import Foundation
import Imaging
import Lungs
import Phantoms
import Tensors

/// Makes a painted set from a list of films, several at a time, the same for any number of
/// threads; nothing but the rows of its table is held in memory.
package struct PaintingRun: Sendable {
  package struct Report: Sendable {
    package let written: Int
    package let positives: Int
    /// Films of the list that were used at least once.
    package let sources: Int
    /// Films of the list that were not used, by reason.
    package let leftOut: [PaintingList.Reason: Int]
  }

  private enum Outcome: Sendable {
    case rows([String])
    case leftOut(PaintingList.Reason)
  }

  private let set: PaintedSet
  private let list: PaintingList
  private let lungs: RadiographLungs?
  private let threads: Int

  /// - Parameter lungs: finds the lungs of films without drawn ones.
  package init(
    _ options: PaintedSet.Options, list: PaintingList, lungs: RadiographLungs?, threads: Int
  ) {
    set = PaintedSet(options, sources: list.sources)
    self.list = list
    self.lungs = lungs
    self.threads = threads
  }

  /// Writes `count` films and `labels.csv`. Throws `TrainingError.noSamples` when no film of the
  /// list can be painted into; `ImagingError` and `DICOMError` of writing.
  package func write(count: Int, progress: (Int) -> Void = { _ in }) throws -> Report {
    try set.makeFolders()
    var rows: [String] = []
    var leftOut = list.leftOut
    var pair = 0
    let sources = list.sources.count
    var refused: Set<Int> = []
    while rows.count < count {
      // Whole pairs while there is room for them; an odd count ends with half a pair.
      let (first, wanted) = (pair, count - rows.count)
      let chunk = min(max(16, 8 * threads), max(1, wanted / 2))
      let outcomes = try Items.map(chunk, threads: threads) { item, workspace in
        try films(ofPair: first + item, atMost: min(2, wanted), workspace)
      }
      for (item, outcome) in outcomes.enumerated() {
        switch outcome {
        case .rows(let made): rows += made
        case .leftOut(let reason):
          // Each film is counted once, however often its turn comes.
          if refused.insert((first + item) % sources).inserted {
            leftOut[reason, default: 0] += 1
          }
        }
      }
      pair += chunk
      guard refused.count < sources else { throw TrainingError(.noSamples) }
      progress(rows.count)
    }
    try set.finish(rows)
    let positives = rows.count(where: {
      $0.split(separator: ",", omittingEmptySubsequences: false)[1] == "1"
    })
    return Report(
      written: rows.count, positives: positives, sources: min(pair, sources) - refused.count,
      leftOut: leftOut)
  }

  private func films(
    ofPair pair: Int, atMost: Int, _ workspace: Workspace
  ) throws -> Outcome {
    let source = set.source(ofPair: pair)
    guard let picture = try? GreyPicture.read(source.path) else { return .leftOut(.unreadable) }
    guard let (left, right) = try sides(of: source, picture, workspace) else {
      return .leftOut(.badLungs)
    }
    do {
      return .rows(
        try (0..<atMost).map {
          try set.write(2 * pair + $0, picture: picture, leftLung: left, rightLung: right)
        })
    } catch is PaintingError {
      return .leftOut(.badLungs)
    }
  }

  private func sides(
    of source: PaintingSource, _ picture: GreyPicture, _ workspace: Workspace
  ) throws -> (Mask, Mask)? {
    let found: LungMask
    if let path = source.lungMask {
      guard let drawn = try? GreyPicture.read(path).mask else { return nil }
      found = LungMask(cleaning: drawn.resized(width: picture.width, height: picture.height))
    } else {
      guard let lungs else { return nil }
      found = try lungs.segment(picture.image, using: workspace)
    }
    guard found.quality.usable, let left = found.left, let right = found.right else { return nil }
    return (left, right)
  }
}
