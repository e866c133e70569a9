extension Pooling {
  /// The mean of each window. Padded cells count as zeros when `countIncludePad`, else not at all;
  /// cells beyond the padding, which only a rounded-up extent reaches, never count.
  package func average(
    _ x: Tensor, countIncludePad: Bool = true, _ workspace: Workspace
  ) -> Tensor {
    let shares = Shares(self, countIncludePad)
    return withCells(x) { x in
      workspace.tensor(output) { y in
        eachPlane(workspace.threads) { plane in
          let source = x + plane * inputCells
          let target = y + plane * outputCells
          eachWindow { index, rows, columns in
            var sum: Float = 0
            for row in rows {
              for column in columns { sum += source[row * input[3] + column] }
            }
            target[index] = shares[index] * sum
          }
        }
      }
    }
  }

  /// The gradient of `average`.
  package func averageGradient(
    _ dy: Tensor, countIncludePad: Bool = true, _ workspace: Workspace
  ) -> Tensor {
    let shares = Shares(self, countIncludePad)
    return withCells(dy) { dy in
      workspace.tensor(input) { dx in
        eachPlane(workspace.threads) { plane in
          let target = dx + plane * inputCells
          let upstream = dy + plane * outputCells
          target.fill(0, inputCells)
          eachWindow { index, rows, columns in
            let part = shares[index] * upstream[index]
            for row in rows {
              for column in columns { target.base[row * input[3] + column] += part }
            }
          }
        }
      }
    }
  }
}

/// One over the number of cells that the mean of each window is over.
private struct Shares: Sendable {
  private let values: [Float]

  init(_ form: Pooling, _ countIncludePad: Bool) {
    func counts(_ axis: Pooling.Axis) -> [Int] {
      countIncludePad ? axis.paddedCounts : axis.covers.map(\.count)
    }
    let columns = counts(form.columns)
    values = counts(form.rows).flatMap { row in columns.map { 1 / Float(row * $0) } }
  }

  subscript(index: Int) -> Float { values[index] }
}
