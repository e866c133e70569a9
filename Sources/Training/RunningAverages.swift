import Graphs
import Tensors

extension Parameters {
  /// Moves the running averages of the normalisation `layer`, in place, towards the statistics of
  /// a batch [2, C]: `running = (1 - momentum) running + momentum batch`, the variance biased as in
  /// the batch.
  package mutating func follow(_ statistics: Tensor, of layer: String, momentum: Float = 0.1) {
    let count = statistics.shape[1]
    withCells(statistics) { batch in
      for (row, suffix) in [".running_mean", ".running_var"].enumerated() {
        edit(layer + suffix) { running in
          for index in 0..<count {
            running[index] = (1 - momentum) * running[index] + momentum * batch[row * count + index]
          }
        }
      }
    }
  }
}
