import ArgumentParser
import Scoring

/// Which model reads CT series.
struct SeriesFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The installed model that reads CT series: lesion-ct (synthetic lesions), covid-lesion (pneumonia of real slices) or nodule-ct (synthetic nodules).",
      valueName: "name"))
  var seriesModel = ScoringModels.seriesName
}
