/// What a chain tells while it runs.
package enum ChainEvent: Sendable {
  /// Pictures made ready to be read again and again.
  case prepared(Int, of: Int)
  /// What is used and what is left out.
  case data(DatasetReport)
  /// Stages are counted from 1.
  case started(stage: String, number: Int, of: Int)
  /// The stage was finished by an earlier call.
  case alreadyDone(stage: String, number: Int, of: Int)
  case epoch(stage: String, EpochReport, of: Int)
  case items(stage: String, done: Int, of: Int)
  case figures(StepFigures)
  case lesionMap(LesionMapFigures)
  case nodules(NoduleFigures)
  case mixed(MixedFigures)
  case tiles(train: TileSet.Counts, test: TileSet.Counts)
  case tile(TileFigures)
}
