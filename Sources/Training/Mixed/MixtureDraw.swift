/// Draws expert and pseudo-labelled pictures with probability p and 1 - p (Gadgil et al. 2021).
///
/// Each epoch goes through the numbers `0 ..< experts + others` in an order of its own; number i
/// gives expert `i mod experts`, or the other picture `i mod others`. Samples are the experts, then
/// the others.
package struct MixtureDraw: SampleDraw {
  private let experts: Int
  private let others: Int
  private let probability: Double
  private let mode: MixedRecipe.Draw
  private let seed: UInt64
  private let batch: Int
  private let orders: [[Int32]]

  /// One of `experts` and `others` may be 0: then the probability does not matter.
  package init(
    experts: Int, others: Int, probability: Double, mode: MixedRecipe.Draw, seed: UInt64,
    batch: Int, epochs: Int
  ) {
    precondition(experts + others > 0)
    (self.experts, self.others, self.probability) = (experts, others, probability)
    (self.mode, self.seed, self.batch) = (mode, seed, batch)
    orders = (0..<epochs).map { epoch in
      var random = SeededRandom(seed: seed, stream: 0x4D49_5800_0000_0000 | UInt64(epoch))
      var order = (0..<Int32(experts + others)).map { $0 }
      random.shuffle(&order)
      return order
    }
  }

  package func draw(epoch: Int, step: Int, slot: Int) -> (index: Int, random: SeededRandom) {
    var random = SeededRandom(seed: seed, epoch: epoch, step: step, slot: slot)
    let order = orders[epoch]
    let number = Int(order[(step * batch + slot) % order.count])
    let mark = random.uniform()
    let isExpert = others == 0 || (experts > 0 && Self.isExpert(mark, probability, mode))
    return (isExpert ? number % experts : experts + number % others, random)
  }

  /// `mark` is uniform in 0 ..< 1.
  package static func isExpert(_ mark: Double, _ probability: Double, _ mode: MixedRecipe.Draw)
    -> Bool
  {
    switch mode {
    case .bernoulli: mark < probability
    // A whole number of 1 ... 10 times 0.1, in doubles: 6 * 0.1 is more than 0.6.
    case .reference: Double(1 + Int(mark * 10)) * 0.1 <= probability
    }
  }
}
