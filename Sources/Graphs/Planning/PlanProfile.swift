import Foundation
import Tensors

/// What one step of a run cost.
package struct StepCost: Sendable {
  /// The node whose value the step makes, and the step as printed.
  package let node: Int
  package let text: String
  /// CPU seconds of the process, all threads.
  package let seconds: Double
}

extension Plan {
  /// Runs once and tells the cost of each step, in the order of the run; empty where the plan is
  /// portable. Throws as `run`.
  package func profile(
    inputs: [String: Tensor], prepared: PreparedPlan, workspace: Workspace
  ) throws -> [StepCost] {
    try bound(inputs, prepared, workspace) { try $0.costs() }
  }
}

extension PlanRun {
  func costs() throws -> [StepCost] {
    var costs: [StepCost] = []
    _ = try run { step, body in
      let start = PlanRun.processSeconds()
      try body()
      costs.append(
        StepCost(
          node: step.node, text: plan.text(of: step),
          seconds: PlanRun.processSeconds() - start))
    }
    return costs
  }

  private static func processSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }
}
