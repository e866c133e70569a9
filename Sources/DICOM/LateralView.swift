extension Instance {
  /// View Positions of PS3.3 C.8.11.1.1 and C.8.1.2 that show the chest from the side. A lateral
  /// decubitus film (LLD, RLD) is none of them: its beam runs from front to back.
  private static let lateralViews: Set<String> = ["LL", "RL", "LATERAL", "LAT"]

  /// True for a film that says it shows the chest from the side, by View Position (0018,5101) or
  /// by Patient Orientation (0020,0020).
  package var isLateralView: Bool {
    if Self.lateralViews.contains(viewPosition.uppercased()) { return true }
    // Rows of a frontal film run left or right, those of a lateral one forwards or backwards.
    guard let rows = patientOrientation.first?.first else { return false }
    return rows == "A" || rows == "P"
  }
}
