import Findings
import Foundation
import GRDB
import Testing

struct InterruptedMakingTests {
  /// A full disk in the middle of making a store leaves GRDB's list of migrations and nothing else.
  @Test func aStoreWhoseMakingWasCutShortIsMadeAgain() throws {
    let folder = NSTemporaryDirectory() + "pleura-making-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/s.sqlite"
    let begun = try DatabaseQueue(path: path)
    try begun.write {
      try $0.execute(sql: "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
    }
    try begun.close()
    #expect(throws: StoreError.self) { try FindingsStore(path: path, mode: .read) }
    let store = try FindingsStore(path: path)
    #expect(try store.findings().isEmpty)
  }
}
