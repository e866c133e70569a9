import Imaging
import Lungs
import Phantoms
import Testing

@Suite struct CTPneumothoraxTests {
  private func find(
    _ index: Int, _ pneumothorax: CTPhantom.Pneumothorax?, bullae: Int = 0, size: Int = 160
  ) throws -> (found: [CTPneumothorax.Finding], phantom: CTPhantom) {
    var options = CTPhantom.Options()
    options.pneumothorax = pneumothorax
    options.bullae = bullae
    let phantom = CTPhantom(
      seed: 77, series: index, size: size, slices: 40, options: options)
    let lungs = try CTLungs.segment(phantom.volume)
    let found = try CTPneumothorax.find(in: phantom.volume, lungs: lungs)
    return (found, phantom)
  }

  private func millilitres(_ mask: MaskVolume, _ phantom: CTPhantom) -> Double {
    let spacing = phantom.volume.planes[0].spacing
    return Double(mask.count) * spacing.row * spacing.column * 6 / 1000
  }

  private func dice(_ a: MaskVolume, _ b: MaskVolume) -> Double {
    let shared = (0..<a.slices).reduce(0) { $0 + a[$1].intersection(b[$1]).count }
    return 2 * Double(shared) / Double(max(1, a.count + b.count))
  }

  @Test(arguments: 0..<8) func airIsFoundWithSideAndSize(_ index: Int) throws {
    let truth = CTPhantom.Pneumothorax(
      side: index % 2 == 0 ? .left : .right, depth: 14 + 3 * Double(index))
    let (found, phantom) = try find(index, truth)
    #expect(found.count == 1)
    let first = try #require(found.first)
    #expect(first.side == truth.side)
    // Thin layers on pixels of 2 mm are partial volume for the most part.
    #expect(dice(first.air, phantom.pneumothorax) > (truth.depth < 18 ? 0.6 : 0.75))
    let real = millilitres(phantom.pneumothorax, phantom)
    #expect(abs(first.millilitres / real - 1) < (truth.depth < 18 ? 0.5 : 0.35))
    #expect(abs(first.depthMillimetres - truth.depth) < 10)
  }

  @Test(arguments: 0..<8) func lungsWithoutAreLeftAlone(_ index: Int) throws {
    #expect(try find(index, nil).found.isEmpty)
  }

  @Test(arguments: 0..<6) func bullaeAreNone(_ index: Int) throws {
    #expect(try find(index, nil, bullae: 6).found.isEmpty)
  }
}
