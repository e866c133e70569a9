import ArgumentParser

/// The root of the command line.
struct PleuraCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pleura",
    abstract: "Turns archives of chest X-rays and CT into localized, prioritized findings.",
    discussion: "RESEARCH ONLY - NOT FOR CLINICAL USE.",
    version: "0.1.0",
    subcommands: [
      ScoreCommand.self, WatchCommand.self, WorklistCommand.self, FindingsCommand.self,
      AuditCommand.self, WhyCommand.self, StoreCommand.self, InspectCommand.self,
      PhantomCommand.self, ImportImageCommand.self, LabelCommand.self, TrainCommand.self,
      EvaluateCommand.self, ModelCommand.self, EngineCommand.self, RefineCommand.self,
    ])
}
