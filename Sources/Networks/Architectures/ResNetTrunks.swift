/// The trunks of the literature, and their forms with another output stride.
extension ResNetTrunk {
  /// Four stages of 64 to 512, output stride 32.
  private static func stages(_ depths: [Int]) -> [Stage] {
    depths.enumerated().map { Stage($1, 64 << $0, stride: $0 == 0 ? 1 : 2) }
  }

  package static let resNet18 = ResNetTrunk(block: .basic, stages: stages([2, 2, 2, 2]))
  package static let resNet34 = ResNetTrunk(block: .basic, stages: stages([3, 4, 6, 3]))
  package static let resNet50 = ResNetTrunk(block: .bottleneck, stages: stages([3, 4, 6, 3]))
  package static let seResNeXt50 = ResNetTrunk(
    block: .squeeze, groups: 32, stages: stages([3, 4, 6, 3]))

  /// Output stride 8 as torchvision's `replace_stride_with_dilation`: the first block of a
  /// dilated stage keeps the dilation before it.
  package var dilatedToStride8: ResNetTrunk {
    var trunk = self
    trunk.stages[2].stride = 1
    trunk.stages[2].dilation = 2
    trunk.stages[3].stride = 1
    trunk.stages[3].firstDilation = 2
    trunk.stages[3].dilation = 4
    return trunk
  }

  /// Output stride 16 as in segmentation_models_pytorch: the whole last stage is dilated.
  package var dilatedToStride16: ResNetTrunk {
    var trunk = self
    trunk.stages[3].stride = 1
    trunk.stages[3].firstDilation = 2
    trunk.stages[3].dilation = 2
    return trunk
  }

  /// Output stride 16 without dilation (Ahn 2019).
  package var shortened: ResNetTrunk {
    var trunk = self
    trunk.stages[3].stride = 1
    return trunk
  }

  /// Every stage but the first halves and none is dilated, as for classification: the weights have
  /// the same shapes.
  package var strided: ResNetTrunk {
    var trunk = self
    for index in trunk.stages.indices {
      trunk.stages[index].stride = index == 0 ? stages[0].stride : 2
      trunk.stages[index].dilation = 1
      trunk.stages[index].firstDilation = 1
    }
    return trunk
  }

  /// Without the stages after `count`.
  package func prefix(_ count: Int) -> ResNetTrunk {
    var trunk = self
    trunk.stages = Array(stages.prefix(count))
    return trunk
  }
}
