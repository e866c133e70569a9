import Graphs
import Tensors

/// Atrous spatial pyramid pooling (Chen 2017): a 1 x 1 convolution, dilated 3 x 3 ones and the
/// global mean side by side, then a 1 x 1 projection.
struct AtrousPyramid {
  let width: Int
  let rates: [Int]
  /// A channel by itself first, then 1 x 1.
  let isSeparable: Bool
  /// Of the dropout after the projection.
  let dropRate: Float

  func write(
    _ x: Value, into builder: inout NetworkBuilder, prefix: String
  ) throws -> Value {
    let form = builder.shape(x)
    var branches = [
      try builder.normalized(
        x, width, .one, name: prefix + "convs.0.0", norm: prefix + "convs.0.1")
    ]
    for (index, rate) in rates.enumerated() {
      let name = "\(prefix)convs.\(index + 1)"
      let dilated = ConvolutionForm(dilation: rate)
      branches.append(
        isSeparable
          ? try builder.separable(x, width, dilated, name: name + ".0", norm: name + ".1")
          : try builder.normalized(x, width, dilated, name: name + ".0", norm: name + ".1"))
    }
    let name = "\(prefix)convs.\(rates.count + 1)"
    let mean = try builder.graph.add(
      Reshape([form[0], form[1], 1, 1]), builder.graph.globalMean(x))
    let pooled = try builder.normalized(mean, width, .one, name: name + ".1", norm: name + ".2")
    // Interpolating a single cell repeats it.
    let spread = Shape([form[0], width, form[2], form[3]])
    branches.append(try builder.graph.add(BroadcastTo(spread), pooled))
    let all = try builder.graph.add(Concat(axis: 1), branches)
    let projected = try builder.normalized(
      all, width, .one, name: prefix + "project.0", norm: prefix + "project.1")
    return try builder.dropout(projected, rate: dropRate)
  }
}

extension NetworkBuilder {
  /// A convolution of each channel ("<name>.0"), one over the channels ("<name>.1"), batch
  /// normalisation and ReLU.
  mutating func separable(
    _ x: Value, _ width: Int, _ form: ConvolutionForm = .init(), name: String, norm: String
  ) throws -> Value {
    var form = form
    form.groups = channels(x)
    let each = try convolution(x, channels(x), form, name: name + ".0")
    return try normalized(each, width, .one, name: name + ".1", norm: norm)
  }
}
