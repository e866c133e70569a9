import Dispatch
import Findings
import Foundation
import Intake
import Pipelines
import Synchronization
import Testing

/// Watches the inbox of a fixture on a thread of its own until it has given `count` studies.
private final class Watch: Sendable {
  let stop = Stop()
  private let found = Mutex<[StudyWork]>([])
  private let done = DispatchSemaphore(value: 0)

  var works: [StudyWork] { found.withLock { $0 } }

  init(_ fixture: IntakeFixture) {
    let session = fixture.session
    let source = session.inbox(fixture.inbox, stop: stop, decide: fixture.decide)
    DispatchQueue(label: "watch").async { [self] in
      while let work = try? source.next() {
        _ = try? session.record(IntakeFixture.result(work))
        found.withLock { $0.append(work) }  // whoever sees it may look at the store
      }
      done.signal()
    }
  }

  /// True when the condition held within some seconds.
  func wait(_ seconds: Double = 15, until condition: ([StudyWork]) -> Bool) -> Bool {
    let end = Date().addingTimeInterval(seconds)
    while Date() < end {
      if condition(works) { return true }
      usleep(10_000)
    }
    return false
  }

  func end() {
    stop.request()
    _ = done.wait(timeout: .now() + 15)
  }
}

@Suite(.serialized) struct InboxTests {
  @Test func aSlowWriterIsWaitedFor() throws {
    let fixture = try IntakeFixture()
    fixture.options.patience = 10
    let watch = Watch(fixture)
    defer { watch.end() }
    usleep(200_000)
    let bytes = TinyDICOM().bytes
    let path = fixture.inbox + "/slow.dcm"
    FileManager.default.createFile(atPath: path, contents: nil)
    let third = bytes.count / 3
    for piece in 0..<3 {
      // Opened and closed for each piece: the worst case for events of closing.
      let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
      try handle.seekToEnd()
      let end = piece == 2 ? bytes.count : (piece + 1) * third
      try handle.write(contentsOf: bytes[piece * third..<end])
      try handle.close()
      if piece < 2 {
        usleep(500_000)
        #expect(watch.works.isEmpty)
      }
    }
    #expect(watch.wait { $0.count == 1 })
    #expect(watch.works.first?.instances.first?.byteCount == bytes.count)
    #expect(try fixture.balance().counts == [.scored: 1])
  }

  @Test func aFileRenamedInIsTakenAndItsTemporaryNameIsNot() throws {
    let fixture = try IntakeFixture()
    let watch = Watch(fixture)
    defer { watch.end() }
    let part = try fixture.put(TinyDICOM(), at: "sub/a.dcm.part")
    usleep(700_000)
    #expect(watch.works.isEmpty)
    try FileManager.default.moveItem(atPath: part, toPath: fixture.inbox + "/sub/a.dcm")
    #expect(watch.wait { $0.count == 1 })
    #expect(try fixture.balance().counts == [.scored: 1])
  }

  @Test(arguments: [true, false])
  func eventsAndRescansFindTheSame(_ usesInotify: Bool) throws {
    let fixture = try IntakeFixture()
    fixture.options.usesInotify = usesInotify
    try fixture.put(TinyDICOM(), at: "before.dcm")
    let watch = Watch(fixture)
    defer { watch.end() }
    for number in 2...9 {
      try fixture.put(
        TinyDICOM(study: "2.25.\(number)", instance: "2.25.\(number)1"),
        at: "day/\(number)/\(number).dcm")
    }
    try fixture.put(TinyDICOM(), at: "day/copy.dcm")
    try fixture.put(Data("garbage".utf8), at: "bad")
    #expect(watch.wait { $0.count == 9 })
    let settled = watch.wait { _ in
      (try? fixture.balance().line)
        == "11 files = 9 scored + 0 skipped + 1 duplicate + 1 quarantined + 0 pending"
    }
    #expect(settled)
    #expect(Set(watch.works.map(\.studyInstanceUID)).count == 9)
    #expect(try fixture.balance().isBalanced)
  }

  @Test func aStudyWaitsForItsAnnouncedFilesAndReopensForLateOnes() throws {
    let fixture = try IntakeFixture()
    fixture.options.quietSeconds = 30
    let watch = Watch(fixture)
    defer { watch.end() }
    try fixture.put(TinyDICOM(instance: "2.25.11", expected: 2), at: "1")
    usleep(800_000)
    #expect(watch.works.isEmpty)
    try fixture.put(TinyDICOM(instance: "2.25.12", expected: 2), at: "2")
    #expect(watch.wait { $0.count == 1 })
    #expect(watch.works.first?.instances.count == 2)
    try fixture.put(TinyDICOM(instance: "2.25.13", expected: 2), at: "3")
    #expect(watch.wait { $0.count == 2 })
    #expect(watch.works.last?.instances.count == 3)
    #expect(
      watch.wait { _ in (try? fixture.store.findings().count) == 1 })
    #expect(try fixture.balance().isBalanced)
  }

  @Test func aQuietStudyIsComplete() throws {
    let fixture = try IntakeFixture()
    let ct = "1.2.840.10008.5.1.4.1.1.2"
    let watch = Watch(fixture)
    defer { watch.end() }
    for number in 1...3 {
      try fixture.put(
        TinyDICOM(instance: "2.25.1\(number)", sopClass: ct, modality: "CT"), at: "\(number)")
    }
    #expect(watch.wait { $0.count == 1 })
    #expect(watch.works.first?.instances.count == 3)
  }
}
