import Graphs
import Tensors

extension OperatorCase {
  /// The first known answer of Random123 for Philox 4x32-10: key and counter all zero. The inputs
  /// of the case are fractions, which name the state 0.
  static var random: [OperatorCase] {
    let words: [UInt32] = [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
    return [
      OperatorCase(Uniform([2, 2], stream: 0), "", [[8]], rule: .zero) { _ in
        Reference([2, 2], words.map { Double($0 >> 8) / 16_777_216 })
      }
    ]
  }
}
