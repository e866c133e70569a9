import Tensors

/// Places the buffers of a plan in one block of memory, so that buffers alive at the same time
/// never overlap.
struct Arena {
  /// Per root buffer its offset in floats.
  private(set) var offsets: [Int: Int] = [:]
  /// Floats of the block.
  private(set) var count = 0

  private struct Span {
    let root: Int
    let size: Int
    let first: Int
    let last: Int
  }

  /// `kept` are roots that must outlive the last step.
  init(_ buffers: [PlannedBuffer], _ steps: [PlannedStep], kept: Set<Int>) {
    var lives: [Int: (first: Int, last: Int)] = [:]
    for (time, step) in steps.enumerated() {
      for index in step.touched {
        guard case .arena(let root, _) = buffers[index].storage else { continue }
        let life = lives[root] ?? (time, time)
        lives[root] = (min(life.first, time), max(life.last, time))
      }
    }
    let spans = lives.map { root, life in
      Span(
        root: root, size: FloatMemory.rounded(buffers[root].floats), first: life.first,
        last: kept.contains(root) ? Int.max : life.last)
    }
    // Large ones first: the small ones fill the gaps. Ties by number, so that plans repeat.
    var placed: [Span] = []
    for span in spans.sorted(by: { ($0.size, $1.root) > ($1.size, $0.root) }) {
      place(span, among: placed)
      placed.append(span)
    }
  }

  private mutating func place(_ span: Span, among placed: [Span]) {
    let taken = placed.filter { $0.first <= span.last && span.first <= $0.last }
      .map { (start: offsets[$0.root] ?? 0, size: $0.size) }
      .sorted { $0.start < $1.start }
    var best: (start: Int, gap: Int)?
    var end = 0
    for other in taken {
      let gap = other.start - end
      if gap >= span.size, gap < best?.gap ?? Int.max { best = (end, gap) }
      end = max(end, other.start + other.size)
    }
    let start = best?.start ?? end
    offsets[span.root] = start
    count = max(count, start + span.size)
  }
}
