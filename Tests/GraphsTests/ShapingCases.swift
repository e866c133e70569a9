import Graphs
import Tensors

extension OperatorCase {
  static var shaping: [OperatorCase] {
    sums + copies + products + batchedProducts
  }

  private static func sum(_ shape: Shape, _ axes: [Int]) -> OperatorCase {
    OperatorCase(Sum(axes: axes), "\(shape) \(axes)", [shape]) { inputs in
      let kept = shape.dims.indices.filter { !axes.contains($0) }
      var result = Reference(zeros: Shape(kept.map { shape[$0] }))
      for index in Reference.indices(shape) { result[kept.map { index[$0] }] += inputs[0][index] }
      return result
    }
  }

  private static var sums: [OperatorCase] {
    [
      sum([2, 3, 4], [0, 1, 2]), sum([2, 3, 4], [0]), sum([2, 3, 4], [1]), sum([2, 3, 4], [2]),
      sum([2, 3, 4], [0, 2]), sum([2, 3, 2, 2], [0, 2, 3]), sum([2, 37], [1]), sum([], []),
    ]
  }

  private static var copies: [OperatorCase] {
    [
      OperatorCase(Reshape([4, 3]), "", [[2, 6]]) { Reference([4, 3], $0[0].values) },
      OperatorCase(BroadcastTo([2, 3, 4]), "middle", [[2, 1, 4]]) { inputs in
        Reference([2, 3, 4]) { inputs[0].spread($0) }
      },
      OperatorCase(BroadcastTo([2, 3]), "scalar", [[]]) { inputs in
        Reference([2, 3]) { inputs[0].spread($0) }
      },
      OperatorCase(Permute([2, 0, 1]), "", [[2, 3, 4]]) { inputs in
        Reference([4, 2, 3]) { inputs[0][$0[1], $0[2], $0[0]] }
      },
      OperatorCase(Slice(axis: 1, start: 1, count: 2), "", [[2, 4, 3]]) { inputs in
        Reference([2, 2, 3]) { inputs[0][$0[0], $0[1] + 1, $0[2]] }
      },
      OperatorCase(Embed(axis: 1, start: 1, total: 4), "", [[2, 2, 3]]) { inputs in
        Reference([2, 4, 3]) {
          (1..<3).contains($0[1]) ? inputs[0][$0[0], $0[1] - 1, $0[2]] : 0
        }
      },
      OperatorCase(Embed(axis: 1, start: 1, total: 3, value: 0.5), "value", [[2, 1]]) { inputs in
        Reference([2, 3]) { $0[1] == 1 ? inputs[0][$0[0], 0] : 0.5 }
      },
      OperatorCase(Concat(axis: 1), "", [[2, 1, 3], [2, 3, 3], [2, 2, 3]]) { inputs in
        Reference([2, 6, 3]) { index in
          var (part, channel) = (0, index[1])
          while channel >= inputs[part].shape[1] {
            channel -= inputs[part].shape[1]
            part += 1
          }
          return inputs[part][index[0], channel, index[2]]
        }
      },
    ]
  }

  private static var batchedProducts: [OperatorCase] {
    [(false, false), (false, true), (true, false), (true, true)].map { left, right in
      let a: Shape = left ? [2, 3, 2] : [2, 2, 3]
      let b: Shape = right ? [2, 2, 3] : [2, 3, 2]
      let op = MatMul(transposeLeft: left, transposeRight: right)
      return OperatorCase(op, "batch " + op.attributes, [a, b]) { inputs in
        Reference([2, 2, 2]) { index in
          (0..<3).reduce(0) { sum, k in
            let x = left ? inputs[0][index[0], k, index[1]] : inputs[0][index[0], index[1], k]
            let y = right ? inputs[1][index[0], index[2], k] : inputs[1][index[0], k, index[2]]
            return sum + x * y
          }
        }
      }
    }
  }

  private static var products: [OperatorCase] {
    [(false, false), (false, true), (true, false), (true, true)].map { left, right in
      let a: Shape = left ? [4, 3] : [3, 4]
      let b: Shape = right ? [2, 4] : [4, 2]
      let op = MatMul(transposeLeft: left, transposeRight: right)
      return OperatorCase(op, op.attributes, [a, b]) { inputs in
        Reference([3, 2]) { index in
          (0..<4).reduce(0) { sum, k in
            let x = left ? inputs[0][k, index[0]] : inputs[0][index[0], k]
            let y = right ? inputs[1][index[1], k] : inputs[1][k, index[1]]
            return sum + x * y
          }
        }
      }
    }
  }
}
