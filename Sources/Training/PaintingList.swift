import Foundation
import Phantoms
import SwiftCSV

/// The films that may be painted into, from a picture list or a folder, and how many were left
/// out for each reason.
package struct PaintingList: Sendable {
  package enum Reason: String, Sendable, CaseIterable {
    /// The list says that there is a pneumothorax already.
    case positive = "pneumothorax already"
    /// The list does not say 0.
    case unlabelled = "label unknown"
    case lateral = "lateral view"
    case rotated
    case noMask = "no lung mask"
    case badLungs = "lungs unusable"
    case unreadable
  }

  /// Where the lungs of each film are.
  package enum LungSource: Sendable {
    /// A folder of masks with the names of the films, ending `.png`.
    case folder(String)
    /// A column of the list with mask files, relative to it.
    case column(String)
    /// A lung model finds them.
    case model
  }

  package private(set) var sources: [PaintingSource] = []
  package private(set) var leftOut: [Reason: Int] = [:]

  /// - Parameters:
  ///   - path: a CSV with the columns `file` and `label`, or a folder of films known to be
  ///     without pneumothorax.
  /// Throws `TrainingError`: `listUnreadable`, `listColumn`, `patientInTwoSplits`, `noSamples`.
  package init(path: String, label: String = "pneumothorax", lungs: LungSource) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw TrainingError(.listUnreadable)
    }
    if isFolder.boolValue {
      try readFolder(path, lungs)
    } else {
      try readList(path, label, lungs)
    }
    guard !sources.isEmpty else { throw TrainingError(.noSamples) }
  }

  private mutating func leaveOut(_ reason: Reason) { leftOut[reason, default: 0] += 1 }

  private mutating func readFolder(_ path: String, _ lungs: LungSource) throws {
    guard let names = try? FileManager.default.subpathsOfDirectory(atPath: path) else {
      throw TrainingError(.listUnreadable)
    }
    let films = names.sorted().filter {
      ["jpg", "jpeg", "png"].contains(($0 as NSString).pathExtension.lowercased())
    }
    for (number, name) in films.enumerated() {
      var source = PaintingSource(
        path: path + "/" + name, row: number + 1,
        patient: (name as NSString).deletingPathExtension)
      guard find(lungs, [:], name, path, &source) else { continue }
      sources.append(source)
    }
  }

  private mutating func readList(_ path: String, _ label: String, _ lungs: LungSource) throws {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    guard let text = try? String(contentsOfFile: path, encoding: .utf8),
      let table = try? CSV<Named>(string: text, delimiter: .comma, loadColumns: false)
    else { throw TrainingError(.listUnreadable) }
    guard table.header.contains("file"), table.header.contains(label) else {
      throw TrainingError(.listColumn)
    }
    if case .column(let name) = lungs, !table.header.contains(name) {
      throw TrainingError(.listColumn)
    }
    var home: [String: String] = [:]
    for (number, cells) in table.rows.enumerated() {
      let file = cells["file"] ?? ""
      if let reason = Self.refusal(cells, label) {
        leaveOut(reason)
        continue
      }
      var source = Self.source(cells, path: folder + "/" + file, row: number + 2)
      if let split = source.split {
        guard home[source.patient] ?? split == split else {
          throw TrainingError(.patientInTwoSplits, index: source.row)
        }
        home[source.patient] = split
      }
      guard find(lungs, cells, file, folder, &source) else { continue }
      sources.append(source)
    }
  }

  private static func refusal(_ cells: [String: String], _ label: String) -> Reason? {
    guard cells[label] == "0" else { return cells[label] == "1" ? .positive : .unlabelled }
    let view = (cells["view"] ?? "").uppercased()
    if view.hasPrefix("L") || view.hasPrefix("RL") || view.contains("LATERAL") { return .lateral }
    let note = (cells["note"] ?? "").lowercased()
    if note.contains("rotated"), !note.contains("upright") { return .rotated }
    return nil
  }

  private static func source(_ cells: [String: String], path: String, row: Int) -> PaintingSource {
    func cell(_ names: String...) -> String {
      names.lazy.compactMap { cells[$0] }.first { !$0.isEmpty } ?? ""
    }
    let patient = cell("patient_id", "patient")
    var source = PaintingSource(
      path: path, row: row, patient: patient.isEmpty ? cell("file") : patient)
    source.split = cell("split").isEmpty ? nil : cell("split")
    source.view = cell("view")
    source.sex = cell("sex")
    source.age = cell("age")
    source.licence = cell("licence")
    source.repository = cell("source_repo", "source")
    return source
  }

  /// Sets the mask file; false, and counted, where there is none.
  private mutating func find(
    _ lungs: LungSource, _ cells: [String: String], _ file: String, _ folder: String,
    _ source: inout PaintingSource
  ) -> Bool {
    switch lungs {
    case .model: return true
    case .column(let name):
      if let mask = cells[name], !mask.isEmpty {
        source.lungMask = folder + "/" + mask
        return true
      }
    case .folder(let masks):
      let base = (file as NSString).deletingPathExtension
      for name in [base, (base as NSString).lastPathComponent] {
        let path = "\(masks)/\(name).png"
        if FileManager.default.fileExists(atPath: path) {
          source.lungMask = path
          return true
        }
      }
    }
    leaveOut(.noMask)
    return false
  }
}
