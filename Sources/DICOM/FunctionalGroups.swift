/// Finds a functional group macro for a frame of an enhanced object (PS3.3 C.7.6.16).
struct FunctionalGroups {
  let dataSet: DataSet
  private let hasShared: Bool
  private let perFrame: Int

  init(_ dataSet: DataSet) {
    self.dataSet = dataSet
    hasShared = dataSet.itemCount(.sharedFunctionalGroups) > 0
    perFrame = dataSet.itemCount(.perFrameFunctionalGroups)
  }

  var isEmpty: Bool { !hasShared && perFrame == 0 }

  /// The item of `macro` for a frame: its own, else the shared one.
  func path(to macro: Tag, frame: Int) -> [DataSet.Step]? {
    if frame < perFrame {
      let own = [DataSet.Step(sequence: .perFrameFunctionalGroups, item: frame)]
      if dataSet.itemCount(macro, in: own) > 0 { return own + [.init(sequence: macro, item: 0)] }
    }
    guard hasShared else { return nil }
    let shared = [DataSet.Step(sequence: .sharedFunctionalGroups, item: 0)]
    guard dataSet.itemCount(macro, in: shared) > 0 else { return nil }
    return shared + [.init(sequence: macro, item: 0)]
  }

  /// Numbers of an attribute in a macro.
  func numbers(_ tag: Tag, of macro: Tag, frame: Int) -> [Double] {
    guard let path = path(to: macro, frame: frame) else { return [] }
    return dataSet.numbers(tag, in: path)
  }
}
