/// Random numbers by counter: Philox 4x32-10 (Salmon et al. 2011, "Parallel random numbers: as
/// easy as 1, 2, 3"). A block is a function of key and counter alone, so that any element of any
/// step can be made by any thread.
package enum Philox {
  /// Four random words of a counter and a key.
  package static func block(
    _ counter: SIMD4<UInt32>, key: SIMD2<UInt32>
  ) -> SIMD4<UInt32> {
    var (c, k) = (counter, key)
    for round in 0..<10 {
      if round > 0 { k &+= SIMD2(0x9E37_79B9, 0xBB67_AE85) }
      let a = UInt64(0xD251_1F53) * UInt64(c[0])
      let b = UInt64(0xCD9E_8D57) * UInt64(c[2])
      c = SIMD4(
        UInt32(b >> 32) ^ c[1] ^ k[0], UInt32(truncatingIfNeeded: b),
        UInt32(a >> 32) ^ c[3] ^ k[1], UInt32(truncatingIfNeeded: a))
    }
    return c
  }

  /// Numbers in `0 ..< 1`, multiples of 2^-24.
  ///
  /// Element `i` is word `i % 4` of the block with counter `(i / 4, stream, step)`: the key is the
  /// seed, and the steps and streams of one seed have nothing in common.
  package static func uniform(
    _ shape: Shape, seed: UInt64, step: UInt64, stream: UInt32, _ workspace: Workspace
  ) -> Tensor {
    let key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(seed >> 32))
    let (low, high) = (UInt32(truncatingIfNeeded: step), UInt32(step >> 32))
    let count = shape.count
    return workspace.tensor(shape) { y in
      Parallel.forRanges(
        count: (count + 3) / 4, grain: 1 << 12, width: workspace.threads
      ) { blocks in
        for index in blocks {
          let words = block(SIMD4(UInt32(truncatingIfNeeded: index), stream, low, high), key: key)
          for i in 0..<min(4, count - 4 * index) {
            y[4 * index + i] = Float(words[i] >> 8) * 0x1p-24
          }
        }
      }
    }
  }
}
