import Graphs
import Tensors

/// What every layout of a network can do.
protocol NetworkLayout: Sendable, Hashable, Codable {
  /// Stable: "kind" of the JSON form.
  static var kind: String { get }
  /// Channels of the input image.
  var inChannels: Int { get }
  /// Logits of the head; 0 when there is none.
  var outputs: Int { get }
  /// Height and width of an image that the layout can take, as small as it may be.
  var smallestExtent: Int { get }

  /// Layouts come from files: bounds keep a hostile one from asking for all memory. Throws
  /// `.specification`.
  func check() throws

  /// Adds the layers over `image` [N, C, H, W], with their taps. Throws what the graph throws.
  func write(_ image: Value, into builder: inout NetworkBuilder) throws

  /// False for parameters that training leaves as they are.
  func trains(_ name: String) -> Bool
}

extension NetworkLayout {
  func trains(_ name: String) -> Bool { !NetworkSpec.isRunning(name) }

  /// Throws `.specification` unless `condition` holds.
  func require(_ condition: Bool) throws {
    guard condition else { throw ModelError(.specification) }
  }

  /// Throws `.specification` unless the list has so many numbers, each in `range`.
  func require(
    _ list: [Int], count: ClosedRange<Int>, in range: ClosedRange<Int> = LayoutBounds.channels
  ) throws {
    try require(count.contains(list.count) && list.allSatisfy(range.contains))
  }

  /// The bounds of every layout.
  func checkEnds() throws {
    try require(LayoutBounds.inChannels.contains(inChannels))
    try require(LayoutBounds.channels.contains(outputs))
  }
}

enum LayoutBounds {
  static let channels = 1...4096
  static let inChannels = 1...64
  /// Layers in a row.
  static let depth = 1...64
  static let stages = 1...8
  static let dilation = 1...64
}

extension Int {
  /// A width of the layout with widths divided by `divisor`.
  func divided(by divisor: Int) -> Int { Swift.max(1, self / divisor) }
}
