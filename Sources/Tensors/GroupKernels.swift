/// Group normalisation: each image normalised over runs of channels ("groups").
///
/// Built on the channel kernels by looking at the images times groups, or images times channels, as
/// the channels of one image.
package enum GroupKernels {
  /// What the passes need of one tensor: per image and group the mean and `1 / deviation`.
  private struct Form {
    let images: Int
    let channels: Int
    let groups: Int
    let cells: Int
    private let statistics: [Float]
    private let epsilon: Float

    init(_ x: Tensor, _ groups: Int, _ epsilon: Float, _ workspace: Workspace) {
      images = x.shape[0]
      channels = x.shape[1]
      self.groups = groups
      cells = x.shape.dims.dropFirst(2).reduce(1, *)
      self.epsilon = epsilon
      let planes = x.reshaped([1, images * groups, channels / groups * cells])
      statistics = ChannelKernels.statistics(planes, workspace).values
    }

    /// Elements of one group.
    var size: Int { channels / groups * cells }

    /// The group of plane `image * channels + channel`.
    func group(_ plane: Int) -> Int {
      plane / channels * groups + plane % channels / (channels / groups)
    }

    func mean(_ group: Int) -> Double { Double(statistics[group]) }

    func rate(_ group: Int) -> Double {
      1 / (Double(statistics[images * groups + group]) + Double(epsilon)).squareRoot()
    }

    func planes(_ x: Tensor) -> Tensor { x.reshaped([1, images * channels, cells]) }
  }

  /// `gamma * (x - mean) / sqrt(variance + epsilon) + beta`, gamma and beta per channel.
  package static func normalize(
    _ x: Tensor, _ gamma: Tensor, _ beta: Tensor, groups: Int, epsilon: Float,
    _ workspace: Workspace
  ) -> Tensor {
    let form = Form(x, groups, epsilon, workspace)
    let count = form.images * form.channels
    var table = [Float](repeating: 0, count: 2 * count)
    for plane in 0..<count {
      let group = form.group(plane)
      let scale = Double(gamma.values[plane % form.channels]) * form.rate(group)
      table[plane] = Float(scale)
      table[count + plane] = Float(
        Double(beta.values[plane % form.channels]) - form.mean(group) * scale)
    }
    return ChannelKernels.affine(form.planes(x), Tensor([2, count], table), workspace)
      .reshaped(x.shape)
  }

  /// The gradient of x: with `r` the reciprocal deviation and `h` the normalised x,
  /// `dx = r (gamma u - mean(gamma u) - h mean(gamma u h))`, the means over each group.
  package static func gradient(
    _ x: Tensor, _ gamma: Tensor, _ u: Tensor, groups: Int, epsilon: Float,
    _ workspace: Workspace
  ) -> Tensor {
    let form = Form(x, groups, epsilon, workspace)
    let count = form.images * form.channels
    let means = (0..<count).map { Float(form.mean(form.group($0))) }
    let moments = ChannelKernels.moments(
      form.planes(x), mean: Tensor([1, count], means), form.planes(u), workspace
    ).values
    var first = [Double](repeating: 0, count: form.images * groups)
    var second = first
    for plane in 0..<count {
      let weight = Double(gamma.values[plane % form.channels]) / Double(form.size)
      first[form.group(plane)] += weight * Double(moments[plane])
      second[form.group(plane)] += weight * Double(moments[count + plane])
    }
    var table = [Float](repeating: 0, count: 3 * count)
    for plane in 0..<count {
      let group = form.group(plane)
      let r = form.rate(group)
      let slope = -r * r * r * second[group]
      table[plane] = Float(Double(gamma.values[plane % form.channels]) * r)
      table[count + plane] = Float(slope)
      table[2 * count + plane] = Float(-r * first[group] - slope * form.mean(group))
    }
    return ChannelKernels.combine(
      form.planes(u), form.planes(x), Tensor([3, count], table), workspace
    ).reshaped(x.shape)
  }
}
