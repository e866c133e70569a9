/// The scratch memory of one worker: recycled tensor buffers and per-thread column buffers.
///
/// Not Sendable: one workspace serves one caller at a time. `threads` is the width of the kernels
/// that run in it; stage width times threads must not exceed the cores.
package final class Workspace {
  package let threads: Int
  /// Bytes of recycled buffers that may be kept; a running `Plan` sets it to what is free below
  /// its peak. Obeyed whenever memory is allocated or recycled.
  package var poolLimit = 0
  private var pool: [Int: [[Float]]] = [:]
  private var pooledBytes = 0
  private var scratch: [UnsafeMutableBufferPointer<Float>?]
  private var blocks: [Block: FloatMemory] = [:]

  /// Memory that outlives a kernel, each kind one block that only grows.
  package enum Block: Hashable {
    /// The intermediate tensors of a plan.
    case arena
    /// What the workers of one kernel share.
    case shared
    /// Weights packed for one run.
    case weights
  }

  package init(threads: Int) {
    precondition(threads > 0)
    self.threads = threads
    scratch = Array(repeating: nil, count: threads)
  }

  deinit { for buffer in scratch { buffer?.deallocate() } }

  /// Makes a tensor whose every element `body` writes; the cells hold stale values before.
  package func tensor(_ shape: Shape, _ body: (Cells) -> Void) -> Tensor {
    var values = take(shape.count)
    values.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { body(Cells(base)) }
    }
    return Tensor(shape, values)
  }

  /// Keeps the buffer of a tensor that nobody reads any more.
  package func recycle(_ tensor: consuming Tensor) {
    let values = tensor.values
    let bytes = values.count * MemoryLayout<Float>.stride
    guard bytes > 0, pooledBytes + bytes <= poolLimit else { return }
    pooledBytes += bytes
    pool[values.count, default: []].append(values)
  }

  /// Drops recycled buffers, largest first, until at most `bytes` remain.
  private func trim(to bytes: Int) {
    guard pooledBytes > bytes else { return }
    for count in pool.keys.sorted(by: >) {
      while pooledBytes > bytes, pool[count]?.popLast() != nil {
        pooledBytes -= count * MemoryLayout<Float>.stride
      }
      if pooledBytes <= bytes { return }
    }
  }

  /// At least `count` floats that stay until the same block is asked for more.
  package func memory(_ block: Block, count: Int) -> FloatMemory {
    if let memory = blocks[block], memory.count >= count { return memory }
    blocks[block] = nil
    let memory = FloatMemory(count: count)
    blocks[block] = memory
    return memory
  }

  /// Scratch memory that the workers of the running kernel share.
  func shared(count: Int) -> Cells { memory(.shared, count: count).cells }

  /// At least `count` floats that belong to `worker` until it asks again.
  package func columns(worker: Int, count: Int) -> Cells {
    if let buffer = scratch[worker], buffer.count >= count, let base = buffer.baseAddress {
      return Cells(base)
    }
    scratch[worker]?.deallocate()
    let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: max(count, 1))
    scratch[worker] = buffer
    return buffer.baseAddress.map { Cells($0) } ?? .nothing
  }

  /// `columns` for every worker of this workspace.
  package func columns(count: Int) -> [Cells] {
    (0..<threads).map { columns(worker: $0, count: count) }
  }

  private func take(_ count: Int) -> [Float] {
    if let values = pool[count]?.popLast() {
      pooledBytes -= count * MemoryLayout<Float>.stride
      return values
    }
    trim(to: poolLimit)
    return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      // Kernels write every element; the type has no invalid bit patterns.
      _ = buffer
      initialized = count
    }
  }
}
