import Imaging

/// Which findings one film is to show, drawn apart from everything else of the film, so that the
/// same numbers without findings give the film they always gave.
struct FindingsDraw: Sendable {
  let wanted: Set<RadiographFinding>
  /// Of the pneumothorax.
  let side: Side?
  private let devices: Set<RadiographConfounder>
  private let hasPacemaker: Bool
  private var random: CounterRandom

  /// nil without rates.
  init?(seed: UInt64, index: Int, rates: [RadiographFinding: Double]?) {
    guard let rates else { return nil }
    var random = CounterRandom(seed: seed, stream: .findings, index: index)
    wanted = Set(
      RadiographFinding.allCases.filter { finding in
        let mark = random.uniform()
        return mark < rates[finding] ?? 0
      })
    let drawn: Side = random.chance(0.5) ? .right : .left
    side = wanted.contains(.pneumothorax) ? drawn : nil
    let kinds = RadiographConfounder.allCases.filter(\.isDevice)
    let first = random.whole(0...kinds.count)
    let second = random.chance(0.4) ? random.whole(0...kinds.count) : first
    let numbers = wanted.contains(.device) ? [first, second] : []
    devices = Set(numbers.filter { $0 < kinds.count }.map { kinds[$0] })
    hasPacemaker = numbers.contains(kinds.count)
    self.random = random
  }

  mutating func shadows(over anatomy: RadiographAnatomy) -> RadiographShadows {
    RadiographShadows(&random, findings: wanted, anatomy: anatomy)
  }

  /// Devices as drawn here, everything else as it was.
  func withDevices(_ confounders: Set<RadiographConfounder>) -> Set<RadiographConfounder> {
    confounders.filter { !$0.isDevice }.union(devices)
  }

  mutating func finishDevices(in renderer: inout RadiographRenderer) {
    renderer.markDevices(pacemaker: hasPacemaker, &random)
  }

  /// What can be seen of what was wanted.
  func truths(_ renderer: RadiographRenderer) -> [RadiographFinding: Mask] {
    var truths = renderer.findings
    if wanted.contains(.pneumothorax) { truths[.pneumothorax] = renderer.air }
    return truths.filter { !$0.value.isEmpty }
  }
}
