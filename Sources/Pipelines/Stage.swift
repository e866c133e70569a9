/// One step of a pipeline: turns an input into an output with the tools of one worker.
///
/// `width` workers run the stage at once; each is one serial queue with a bench of its own, so
/// that a bench (scratch memory, a decoder, a subprocess) needs no lock and need not be Sendable.
package protocol Stage<Input, Output>: Sendable {
  associatedtype Input: Sendable
  associatedtype Output: Sendable
  associatedtype Bench = Void

  /// Stable: it is written in failures and logs.
  var name: String { get }
  /// Number of workers, at least 1.
  var width: Int { get }
  /// Makes the private tools of one worker; an error here stops the run.
  func makeBench() throws -> Bench
  /// Throwing fails this item only, unless the run's `isFatal` says otherwise.
  func process(_ input: Input, at bench: Bench) throws -> Output
}

extension Stage {
  package var width: Int { 1 }
}

extension Stage where Bench == Void {
  package func makeBench() throws {}
}

/// A stage made of a closure, without a bench.
package struct ClosureStage<Input: Sendable, Output: Sendable>: Stage {
  package let name: String
  package let width: Int
  private let body: @Sendable (Input) throws -> Output

  package init(
    _ name: String, width: Int = 1, _ body: @escaping @Sendable (Input) throws -> Output
  ) {
    self.name = name
    self.width = width
    self.body = body
  }

  package func process(_ input: Input, at bench: Void) throws -> Output { try body(input) }
}

/// An item that did not reach the end: which one, where, and why.
package struct ItemFailure<Source: Sendable>: Sendable {
  /// Zero-based position of the item in the source.
  package let index: Int
  /// What the source gave for this item.
  package let source: Source
  /// Name of the stage that threw.
  package let stage: String
  package let error: any Error
}
