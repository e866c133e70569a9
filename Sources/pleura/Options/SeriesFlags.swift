import ArgumentParser
import Scoring

/// Which model reads CT series.
struct SeriesFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The installed model that reads CT series: lesion-ct (synthetic lesions) or covid-lesion (pneumonia of real slices).",
      valueName: "name"))
  var seriesModel = ScoringModels.seriesName
}
