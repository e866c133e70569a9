/// Numbers the vertices of a lattice by their packed keys: open addressing, linear probing.
///
/// Numbers run from 1 in the order of the first `insert`; 0 says "no such vertex".
final class LatticeTable {
  private struct Slot {
    var key: UInt64
    var number: Int32
  }

  private var slots: UnsafeMutablePointer<Slot>
  private var shift: UInt64
  private var mask: Int
  /// The key of vertex `number` is `keys[number - 1]`.
  private(set) var keys: [UInt64] = []

  init() {
    shift = 64 - 14
    mask = (1 << 14) - 1
    slots = .allocate(capacity: mask + 1)
    slots.initialize(repeating: Slot(key: 0, number: 0), count: mask + 1)
  }

  deinit { slots.deallocate() }

  @inline(__always)
  private func home(_ key: UInt64) -> Int {
    // Fibonacci hashing: keys of neighbours differ in few high digits, the product spreads them.
    Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) &>> shift)
  }

  @inline(__always)
  func find(_ key: UInt64) -> Int32 {
    var at = home(key)
    while true {
      let slot = slots[at]
      if slot.number == 0 || slot.key == key { return slot.number }
      at = (at &+ 1) & mask
    }
  }

  /// The number of `key`, a new one where it is not known yet.
  @inline(__always)
  func insert(_ key: UInt64) -> Int32 {
    var at = home(key)
    while true {
      let slot = slots[at]
      if slot.number == 0 { return add(key, at: at) }
      if slot.key == key { return slot.number }
      at = (at &+ 1) & mask
    }
  }

  @inline(never)
  private func add(_ key: UInt64, at place: Int) -> Int32 {
    keys.append(key)
    let number = Int32(keys.count)
    slots[place] = Slot(key: key, number: number)
    if keys.count * 2 > mask { grow() }
    return number
  }

  private func grow() {
    let (old, oldCount) = (slots, mask + 1)
    shift -= 2
    mask = oldCount * 4 - 1
    slots = .allocate(capacity: mask + 1)
    slots.initialize(repeating: Slot(key: 0, number: 0), count: mask + 1)
    for index in 0..<oldCount where old[index].number != 0 {
      var at = home(old[index].key)
      while slots[at].number != 0 { at = (at &+ 1) & mask }
      slots[at] = old[index]
    }
    old.deallocate()
  }
}
