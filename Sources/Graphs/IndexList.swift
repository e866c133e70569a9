/// Constant indices with a fingerprint, by which lists of any length are printed and compared.
package struct IndexList: Sendable, Hashable, CustomDebugStringConvertible {
  package let values: [Int]
  /// The same for the same list on every machine; two lists share one by a chance of 2^-64.
  package let fingerprint: UInt64

  package init(_ values: [Int]) {
    self.values = values
    fingerprint = values.reduce(UInt64(values.count)) { hash, value in
      let mixed = (hash ^ UInt64(bitPattern: Int64(value))) &* 0x9E37_79B9_7F4A_7C15
      return mixed ^ mixed >> 32
    }
  }

  package static func == (a: IndexList, b: IndexList) -> Bool {
    a.fingerprint == b.fingerprint && a.values == b.values
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(fingerprint) }

  /// "3:9f0c...": the count and the fingerprint.
  package var debugDescription: String {
    "\(values.count):" + String(fingerprint, radix: 16)
  }

  /// True when every index lies in `0 ..< extent`.
  func fits(_ extent: Int) -> Bool { values.allSatisfy { (0..<extent).contains($0) } }
}
