import Foundation

/// What went wrong in reading reports, never with text of a report: only codes, the row (the header
/// being 1) and the column (the first being 1).
package struct ReportsError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable {
    case unreadable = "reports-unreadable"
    case unwritable = "labels-not-writable"
    /// No header line.
    case empty = "reports-empty"
    case columnMissing = "column-missing"
    case columnTwice = "column-twice"
    case fieldCount = "field-count-differs-from-header"
    case quoteOpen = "quote-never-closed"
    case quoteMisplaced = "text-after-closing-quote"
    case fieldTooLong = "field-too-long"
    case notUTF8 = "not-utf-8"
    case lexiconUnreadable = "lexicon-unreadable"
    case lexiconPhrase = "lexicon-phrase-not-understood"
    case lexiconCue = "lexicon-cue-unknown"
    /// A cell of a measured sentence set that is neither 1, 0, u nor empty, or of a table of truth
    /// that is neither 1, 0 nor empty.
    case labelValue = "label-value-unknown"
  }

  package let code: Code
  package let row: Int?
  package let column: Int?

  package init(_ code: Code, row: Int? = nil, column: Int? = nil) {
    self.code = code
    self.row = row
    self.column = column
  }

  package var description: String {
    code.rawValue + (row.map { ", row \($0)" } ?? "") + (column.map { ", column \($0)" } ?? "")
  }

  /// What a person can do about it.
  package var advice: String {
    switch code {
    case .unreadable: "check that the file is there and may be read"
    case .unwritable: "check the folder and the space left"
    case .empty: "the first line names the columns"
    case .columnMissing: "name the columns with --text-column and --id-column"
    case .columnTwice: "every column needs a name of its own"
    case .fieldCount: "quote fields that hold commas or line breaks"
    case .quoteOpen, .quoteMisplaced: "double each quote inside a quoted field"
    case .fieldTooLong: "a quote may be missing; a field has at most 1 MiB"
    case .notUTF8: "save the file as UTF-8"
    case .lexiconUnreadable, .lexiconPhrase, .lexiconCue: "docs/labels.md tells the form"
    case .labelValue: "labels are 1, 0, empty, or of sentences u"
    }
  }
}
