import Foundation

/// What went wrong in training or evaluation. Carries no text from data.
package struct TrainingError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable {
    case recipe = "recipe-invalid"
    case listUnreadable = "list-unreadable"
    case listColumn = "list-column-missing"
    /// A row of a list that says nothing that can be used: no file, no identifier, too many cells.
    case listRow = "list-row-invalid"
    case pictureUnreadable = "picture-unreadable"
    case pictureNotHounsfield = "picture-not-hounsfield"
    case lungsMissing = "lungs-missing"
    case noSamples = "no-samples"
    case oneClassOnly = "one-class-only"
    case patientInTwoSplits = "patient-in-two-splits"
    case fileMissing = "file-missing"
    case maskSize = "mask-size-differs"
    case columnBarred = "column-not-for-strata"
    case labelUnknown = "label-not-of-this-model"
    case scoreNotANumber = "score-not-a-number"
    case licenceRefused = "licence-refused"
    case checkpointMismatch = "checkpoint-mismatch"
    case notANumber = "loss-not-a-number"
    case output = "output-not-writable"
    /// No adapter knows what lies in the folder.
    case datasetUnknown = "dataset-kind-unknown"
    /// A folder or list that the kind of data set must have is not there.
    case datasetTree = "dataset-tree-incomplete"
    case labelsWithoutFiles = "labels-without-files"
    case contradictoryLabels = "contradictory-labels"
    case duplicateAcrossSplits = "duplicate-across-splits"
    /// Runs that are no pairs of whole numbers, or leave the picture.
    case runLength = "run-length-invalid"
    /// An annotation or mask file of a data set that cannot be read.
    case annotation = "annotation-invalid"
    /// Outlines of images that no row names: their numbers in the order of names.
    case annotationsWithoutImages = "annotations-without-images"
    /// No source of a mixture gives an expert's mask.
    case expertsMissing = "expert-masks-missing"
    /// A file of weights to begin with that cannot be read, or is not of the trunk.
    case startUnreadable = "start-weights-unreadable"
    case startMismatch = "start-weights-mismatch"
    case cacheNotWritable = "cache-not-writable"
    case diskFull = "disk-full"
  }

  package let code: Code
  /// Row of a list, number of a source, or step: by `code`.
  package let index: Int?
  /// Column of a list: one of the structure, or one that was asked for by name; never a cell.
  package let column: String?
  /// All rows of the list that are at fault, where several can be; the header is row 1.
  package let rows: [Int]

  package init(
    _ code: Code, index: Int? = nil, column: String? = nil, rows: [Int] = []
  ) {
    self.code = code
    self.index = index
    self.column = column
    self.rows = rows
  }

  package var description: String {
    var text = code.rawValue
    if let column {
      text += " (" + (index.map { "row \($0), " } ?? "") + "column \(column))"
    } else {
      text += index.map { " (\($0))" } ?? ""
    }
    if !rows.isEmpty {
      let shown = rows.prefix(10).map(String.init).joined(separator: ", ")
      text += " (\(rows.count) rows: \(shown)\(rows.count > 10 ? ", ..." : ""))"
    }
    return text
  }

  /// What to do about it, where that is not plain.
  package var advice: String? {
    switch code {
    case .noSamples: "nothing is left to use; check label, split, prefix and corpus"
    case .columnBarred: "it may tell who a patient is, or is no property of one"
    case .labelUnknown: "--label names one of the model's labels"
    case .listColumn: "the header of the list must hold this column"
    case .fileMissing: "paths in a list are relative to its folder; the header is row 1"
    case .maskSize: "a mask must have the size of its picture; the header is row 1"
    case .contradictoryLabels: "one picture has two labels; the header is row 1"
    case .scoreNotANumber: "the model gives no number for this picture; the header is row 1"
    case .expertsMissing: "a source for training with \"annotated\" must give drawn masks"
    case .startMismatch: "the file must hold the trunk of the segmentation network"
    case .diskFull: "what was written before stays; with room the same command goes on"
    case .checkpointMismatch: "the folder holds another run: take another one, or empty it"
    default: nil
    }
  }
}
