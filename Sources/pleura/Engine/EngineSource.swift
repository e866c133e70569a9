import Networks

/// Where a network comes from: an ONNX file, or a named network with seeded random weights.
enum EngineSource: Hashable {
  case file(String)
  case named(NamedNetwork, channels: Int, height: Int, width: Int)

  /// `net:NAME` or `net:NAME:CxHxW` (3x512x512 where it is not said), else a path; nil for an
  /// unknown name or a form out of bounds. A bare NAME is a named network too where `bareNames`.
  init?(_ text: String, bareNames: Bool = false) {
    let isBare = bareNames && NamedNetwork(rawValue: text) != nil
    guard text.hasPrefix("net:") || isBare else {
      self = .file(text)
      return
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
      .dropFirst(isBare ? 0 : 1).map(String.init)
    guard let name = parts.first, let network = NamedNetwork(rawValue: name), parts.count <= 2,
      let form = Self.dims(parts.count == 2 ? parts[1] : "3x512x512"), form.count == 3
    else { return nil }
    self = .named(network, channels: form[0], height: form[1], width: form[2])
  }

  /// "1x3x512x512" as extents, each from 1 to 65536, at most eight; nil otherwise.
  static func dims(_ text: String) -> [Int]? {
    let parts = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    let dims = parts.compactMap(\.self)
    guard dims.count == parts.count, (1...8).contains(dims.count),
      dims.allSatisfy((1...65_536).contains)
    else { return nil }
    return dims
  }
}
