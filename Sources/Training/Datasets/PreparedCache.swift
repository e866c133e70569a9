import Foundation
import Glibc
import Imaging
import Networks
import Synchronization
import Tensors

/// A folder of prepared pictures. Runs with different preparations, lung models or tasks may share
/// it: each has a folder of its own inside, named by a digest of all three.
package struct PreparedCache: Sendable {
  package let folder: String

  package init(folder: String) { self.folder = folder }

  /// To be raised whenever decoding or preparation gives other pixels than before.
  static let version = 3
  /// Bytes of records in a pack: what is held in memory while they are made, and what a killed run
  /// loses at most.
  package var packBytes = 32 << 20

  /// The part for one preparation and use of the truth; made when it is not there.
  ///
  /// Throws `TrainingError`: `cacheNotWritable`, `diskFull`.
  func part(
    _ preparation: ImagePreparation, task: Recipe.Task, lungModel: String?
  ) throws -> Part {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    guard let data = try? encoder.encode(preparation) else { throw TrainingError(.recipe) }
    let name = SHA256.hex(
      ofText: [
        "\(Self.version)", String(decoding: data, as: UTF8.self), lungModel ?? "none",
        task.rawValue,
      ].joined(separator: "|"))
    let path = folder + "/" + name.prefix(24)
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch { throw TrainingError(.cacheNotWritable) }
    return Part(path: path, preparation: preparation, packBytes: packBytes)
  }

  struct Part: Sendable {
    let path: String
    let preparation: ImagePreparation
    let packBytes: Int

    /// Pictures in a pack.
    var packSize: Int {
      max(1, packBytes / PreparedRecord.byteCount(preparation, lung: true, truths: 1))
    }

    /// What is there of these films, by content digest, each record checked. Packs that are torn or
    /// altered are removed, so that they are made again.
    func find(_ keys: Set<String>, threads: Int) throws -> [String: PackedRecord] {
      guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
        throw TrainingError(.cacheNotWritable)
      }
      let packs = names.filter { $0.hasSuffix(".pack") }.sorted()
      let slots = Mutex([[PackedRecord]](repeating: [], count: packs.count))
      Parallel.forEach(count: packs.count, width: threads) { index in
        let file = path + "/" + packs[index]
        if let records = PreparedPack.open(file, keys: keys, preparation: preparation) {
          slots.withLock { $0[index] = records }
        } else {
          unlink(file)
        }
      }
      let all = slots.withLock { $0 }.joined()
      return Dictionary(all.map { ($0.entry.key, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Writes one pack and maps it.
    ///
    /// Throws `TrainingError`: `diskFull` or `cacheNotWritable`; nothing is left behind then.
    func write(
      _ records: [(key: String, record: PreparedRecord)]
    ) throws -> [String: PackedRecord] {
      let keys = records.map(\.key)
      let file = path + "/" + SHA256.hex(ofText: keys.joined()).prefix(32) + ".pack"
      try TrainingOutput.write(
        PreparedPack.encode(records), to: file, otherwise: .cacheNotWritable)
      guard
        let mapped = PreparedPack.open(file, keys: Set(keys), preparation: preparation)
      else { throw TrainingError(.cacheNotWritable) }
      return Dictionary(mapped.map { ($0.entry.key, $0) }, uniquingKeysWith: { a, _ in a })
    }
  }
}
