import CKernels
import Foundation

/// The C kernels compiled for one instruction set.
///
/// `@unchecked Sendable`: the table is a constant of the program.
package struct KernelSet: @unchecked Sendable {
  let table: UnsafePointer<ck_kernels>

  /// The fastest set that this processor runs; `PLEURA_KERNELS` names another ("avx512", "avx2",
  /// "generic"), and a name that does not run here is passed over.
  package static let best: KernelSet = {
    let wanted = ProcessInfo.processInfo.environment["PLEURA_KERNELS"]
    return wanted.flatMap(named) ?? KernelSet(table: ck_best())
  }()

  /// Every set that this processor runs.
  package static var all: [KernelSet] { ["avx512", "avx2", "generic"].compactMap(named) }

  /// Nil where this processor does not run the set.
  package static func named(_ name: String) -> KernelSet? {
    ck_named(name).map { KernelSet(table: $0) }
  }

  package var name: String { String(cString: table.pointee.name) }

  /// Floats of a vector.
  var lanes: Int { table.pointee.lanes }

  /// Columns of a full packed panel.
  var panel: Int { table.pointee.panel }

  /// Rows of the register tile of products.
  var rows: Int { table.pointee.rows }

  /// Floats of a packed `k` x `n` matrix.
  func packedCount(_ k: Int, _ n: Int) -> Int { table.pointee.packed_count(k, n) }

  /// A pixel may have at most this many channels.
  static let maximumChannels = Int(CK_MAX_CHANNELS)
}

/// Something handed unchanged to the workers of one `Parallel` call.
///
/// `@unchecked Sendable`: it is read only, and its pointers outlive the call as those of `Cells`.
struct Shared<T>: @unchecked Sendable {
  let value: T

  init(_ value: T) { self.value = value }
}
