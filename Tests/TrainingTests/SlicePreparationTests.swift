import Graphs
import Imaging
import Networks
import Tensors
import Testing
import Training

@Suite struct SlicePreparationTests {
  private func slice(outside: Float) -> (Image, Mask) {
    let lungs = ToySlices.lungs
    var image = Image(width: lungs.width, height: lungs.height)
    for at in image.pixels.indices {
      image.pixels[at] = lungs.bits[at] == 0 ? outside : -850 + Float(at % 7) * 20
    }
    return (image, lungs)
  }

  /// What lies beside the lungs, black in an export and bright in a scan, does not reach the network.
  @Test func lungMeansAreBlindToWhatIsOutside() {
    var preparation = ImagePreparation(
      width: 24, height: 20, crop: .lungBox, cropMargin: 0.03, fit: .squeeze,
      normalisation: .lungMedian, low: -850, high: 500, lungOnly: true)
    let (export, lungs) = slice(outside: -1350)
    let (scan, _) = slice(outside: 60)
    #expect(
      preparation.prepare(export, lung: lungs).channelValues
        != preparation.prepare(scan, lung: lungs).channelValues)
    preparation.lungMeans = true
    let prepared = preparation.prepare(scan, lung: lungs)
    #expect(preparation.prepare(export, lung: lungs).channelValues == prepared.channelValues)
    let inside = prepared.base.values(inside: prepared.lung ?? lungs)
    #expect(inside.allSatisfy { abs($0) < 0.2 })
  }

  /// Two uses of one prefix share weights; another prefix has its own.
  @Test func aNetworkInAGraphOfOthersSharesItsWeights() throws {
    let critic = NetworkSpec.critic(
      Critic(widths: [3, 4], downs: 1, scales: [0, 1], batchNorm: true))
    var graph = Graph()
    let (a, b) = (graph.input("a", [2, 1, 8, 8]), graph.input("b", [2, 1, 8, 8]))
    let first = try critic.apply(to: a, in: &graph, prefix: "p.", training: false)
    let count = graph.parameters.count
    let second = try critic.apply(to: b, in: &graph, prefix: "p.", training: false)
    #expect(graph.parameters.count == count)
    _ = try critic.apply(to: b, in: &graph, prefix: "q.", training: false)
    #expect(graph.parameters.count == 2 * count)
    #expect(
      graph.parameters.allSatisfy { $0.name.hasPrefix("p.") || $0.name.hasPrefix("q.") })
    let plan = try Plan(
      graph, outputs: [try #require(first["logits"]), try #require(second["logits"])])
    var weights = Parameters()
    let own = try critic.initialParameters(seed: 2)
    for name in own.names { weights["p." + name] = own[name] }
    let x = Tensor([2, 1, 8, 8], (0..<128).map { Float($0 % 13) / 13 })
    let outputs = try plan.run(
      inputs: ["a": x, "b": x], parameters: weights, workspace: Workspace(threads: 1))
    #expect(outputs[0] == outputs[1])
  }
}
