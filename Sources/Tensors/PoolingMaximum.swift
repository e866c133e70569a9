extension Pooling {
  /// The largest cell of each window.
  package func maximum(_ x: Tensor, _ workspace: Workspace) -> Tensor {
    withCells(x) { x in
      workspace.tensor(output) { y in
        eachPlane(workspace.threads) { plane in
          let source = x + plane * inputCells
          let target = y + plane * outputCells
          if isPairs {
            maximumOfPairs(source.base, target.base)
          } else {
            eachWindow { index, rows, columns in
              target[index] = source[largest(source, rows, columns)]
            }
          }
        }
      }
    }
  }

  /// Where the largest cell of each window lies: its index in the plane, as a float.
  package func indices(_ x: Tensor, _ workspace: Workspace) -> Tensor {
    withCells(x) { x in
      workspace.tensor(output) { y in
        eachPlane(workspace.threads) { plane in
          let source = x + plane * inputCells
          let target = y + plane * outputCells
          eachWindow { index, rows, columns in
            target[index] = Float(largest(source, rows, columns))
          }
        }
      }
    }
  }

  /// The gradient of `maximum`: each output gradient goes to the first largest cell.
  package func maximumGradient(_ x: Tensor, _ dy: Tensor, _ workspace: Workspace) -> Tensor {
    withCells(x, dy) { x, dy in
      workspace.tensor(input) { dx in
        eachPlane(workspace.threads) { plane in
          let source = x + plane * inputCells
          let upstream = dy + plane * outputCells
          let target = dx + plane * inputCells
          if isPairs {
            scatterToPairs(source.base, upstream.base, target.base)
          } else {
            target.fill(0, inputCells)
            eachWindow { index, rows, columns in
              target.base[largest(source, rows, columns)] += upstream[index]
            }
          }
        }
      }
    }
  }

  /// The cell of `u` at the place of the first largest cell of each window of `x`: from the
  /// upstream gradient of `maximumGradient` the gradient of its `dy`.
  package func maximumGather(_ x: Tensor, _ u: Tensor, _ workspace: Workspace) -> Tensor {
    withCells(x, u) { x, u in
      workspace.tensor(output) { y in
        eachPlane(workspace.threads) { plane in
          let source = x + plane * inputCells
          let values = u + plane * inputCells
          let target = y + plane * outputCells
          eachWindow { index, rows, columns in
            target[index] = values[largest(source, rows, columns)]
          }
        }
      }
    }
  }

  /// The index of the first largest cell; a NaN wins, so that it is not hidden.
  @inline(__always)
  private func largest(_ plane: Cells, _ rows: Range<Int>, _ columns: Range<Int>) -> Int {
    var best = rows.lowerBound * input[3] + columns.lowerBound
    for row in rows {
      for column in columns {
        let index = row * input[3] + column
        if plane[index] > plane[best] || plane[index].isNaN { best = index }
      }
    }
    return best
  }
}

extension Pooling {
  private typealias Pointer = UnsafeMutablePointer<Float>

  /// The 2 x 2 window with stride 2, the usual case.
  private func maximumOfPairs(_ x: Pointer, _ y: Pointer) {
    let width = output[3]
    for row in 0..<output[2] {
      let upper = x + 2 * row * input[3]
      let lower = upper + input[3]
      let target = y + row * width
      for i in 0..<width {
        var best = upper[2 * i]
        let others = (upper[2 * i + 1], lower[2 * i], lower[2 * i + 1])
        best = others.0 > best || others.0.isNaN ? others.0 : best
        best = others.1 > best || others.1.isNaN ? others.1 : best
        best = others.2 > best || others.2.isNaN ? others.2 : best
        target[i] = best
      }
    }
  }

  private func scatterToPairs(_ x: Pointer, _ dy: Pointer, _ dx: Pointer) {
    let width = output[3]
    let stride = input[3]
    if stride % 2 == 1 || input[2] % 2 == 1 { Cells(dx).fill(0, input[2] * stride) }
    for row in 0..<output[2] {
      let start = 2 * row * stride
      for i in 0..<width {
        let a = start + 2 * i
        let b = a + stride
        let value = dy[row * width + i]
        var best = a
        best = x[a + 1] > x[best] || x[a + 1].isNaN ? a + 1 : best
        best = x[b] > x[best] || x[b].isNaN ? b : best
        best = x[b + 1] > x[best] || x[b + 1].isNaN ? b + 1 : best
        dx[a] = best == a ? value : 0
        dx[a + 1] = best == a + 1 ? value : 0
        dx[b] = best == b ? value : 0
        dx[b + 1] = best == b + 1 ? value : 0
      }
    }
  }
}
