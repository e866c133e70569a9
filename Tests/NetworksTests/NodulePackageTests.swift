import Foundation
import Networks
import Testing

/// Descriptions of models that cut nodules out.
@Suite struct NodulePackageTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../models/nodule-ct").path

  private func code(_ change: (inout ModelDescription) -> Void) throws -> ModelError.Code? {
    let package = try ModelPackage.load(Self.folder)
    var description = package.description
    change(&description)
    do {
      _ = try package.describing(description)
      return nil
    } catch { return (error as? ModelError)?.code }
  }

  @Test func whatIsNoNoduleModelIsRefused() throws {
    let own = try ModelPackage.load(Self.folder).description
    let finer = try #require(own.nodules?.network)
    #expect(try code { $0.version = "1.0.1" } == nil)
    // Its networks the other way round, and one of one scale twice.
    #expect(
      try code {
        $0.network = finer
        $0.nodules?.network = own.network
      } == .document)
    #expect(try code { $0.nodules?.network = own.network } == .document)
    #expect(try code { $0.network = .uNet(.init(width: 2, depth: 2)) } == .document)
    #expect(try code { $0.nodules?.network = .uNet(.init(width: 2, depth: 2)) } == .document)
    #expect(try code { $0.nodules?.share = 2 } == .document)
  }
}
