import Graphs
import Tensors

extension OperatorCase {
  static var indexing: [OperatorCase] {
    gathers([4], 0, [3, 0, 3]) + gathers([3, 4], 0, [2, 2, 0, 1]) + gathers([2, 3, 2], 1, [1, 0])
      + gathers([2, 5], 1, [4, 0, 0, 2, 1, 4]) + maxima([3, 4], 0) + maxima([2, 3, 4], 1)
      + maxima([2, 1, 3], 2) + flips
  }

  private static func gathers(_ x: Shape, _ axis: Int, _ indices: [Int]) -> [OperatorCase] {
    var dims = x.dims
    dims[axis] = indices.count
    let y = Shape(dims)
    @Sendable func source(_ out: [Int]) -> [Int] {
      var index = out
      index[axis] = indices[out[axis]]
      return index
    }
    let label = "\(x) \(axis) \(indices)"
    return [
      OperatorCase(Gather(axis: axis, indices: indices), label, [x]) { inputs in
        Reference(y) { inputs[0][source($0)] }
      },
      OperatorCase(ScatterAdd(axis: axis, indices: indices, extent: x[axis]), label, [y]) {
        inputs in
        var result = Reference(zeros: x)
        for out in Reference.indices(y) { result[source(out)] += inputs[0][out] }
        return result
      },
    ]
  }

  private static func maxima(_ x: Shape, _ axis: Int) -> [OperatorCase] {
    var dims = x.dims
    dims.remove(at: axis)
    let y = Shape(dims)
    @Sendable func best(_ out: [Int], _ x: Reference) -> [Int] {
      let places = (0..<x.shape[axis]).map { Array(out[..<axis]) + [$0] + Array(out[axis...]) }
      return places.max { x[$0] < x[$1] } ?? []
    }
    let label = "\(x) \(axis)"
    return [
      OperatorCase(MaxOverAxis(axis: axis), label, [x]) { inputs in
        Reference(y) { inputs[0][best($0, inputs[0])] }
      },
      OperatorCase(MaxOverAxisGradient(axis: axis), label, [x, y], targets: [1]) { inputs in
        var result = Reference(zeros: x)
        for out in Reference.indices(y) { result[best(out, inputs[0])] = inputs[1][out] }
        return result
      },
      OperatorCase(MaxOverAxisGather(axis: axis), label, [x, x], targets: [1]) { inputs in
        Reference(y) { inputs[1][best($0, inputs[0])] }
      },
    ]
  }

  private static var flips: [OperatorCase] {
    [0, 1, 2].map { axis in
      OperatorCase(Flip(axis: axis), "\(axis)", [[2, 3, 4]]) { inputs in
        Reference([2, 3, 4]) { out in
          var index = out
          index[axis] = inputs[0].shape[axis] - 1 - out[axis]
          return inputs[0][index]
        }
      }
    }
  }
}
