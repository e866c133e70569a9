import Foundation
import Imaging
import Phantoms
import Testing
import Training

/// The report as a page: whole in itself, and silent about who the patients are.
@Suite struct EvaluationPageTests {
  private func page(
    experimental: Bool? = nil, _ change: (String) throws -> Void = { _ in }
  ) throws -> String {
    let folder = NSTemporaryDirectory() + "page-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try PhantomSet(.init(kind: .radiograph, count: 16, seed: 4, size: 64, folder: folder)).write()
    try change(folder + "/labels.csv")
    var source = Recipe.Source(kind: .pictures, use: .validation)
    source.list = "labels.csv"
    var options = Evaluation.Options(corpusRoot: folder, threads: 2)
    options.replicates = 100
    options.strata = ["confounders"]
    let model = try MeanModel.package(threshold: 2) {
      $0.labels = [.init(name: "pneumothorax", display: "Pneumothorax")]
      $0.experimental = experimental
    }
    let run = try EvaluationRun(model: model, on: source, options: options)
    let measured = try run.measure()
    return try run.page(run.report(measured), measured)
  }

  @Test func thePageNeedsNothingElse() throws {
    let page = try page()
    #expect(page.hasPrefix("<!DOCTYPE html>") && page.hasSuffix("</html>\n"))
    for outside in ["http://", "https://", "<script", "@import", "url(", "src=\"/", "<link"] {
      #expect(!page.contains(outside), "\(outside)")
    }
    #expect(page.contains("name=\"viewport\""))
    // ROC, PR of films, calibration, PR of pixels, Dice over the threshold.
    #expect(page.components(separatedBy: "role=\"img\"").count - 1 == 5)
    #expect(page.components(separatedBy: "data:image/png;base64,").count - 1 >= 8)
    for tag in ["table", "section", "figure", "div", "svg", "tr", "td", "th"] {
      let opened =
        page.components(separatedBy: "<\(tag)>").count
        + page.components(separatedBy: "<\(tag) ").count - 2
      #expect(opened == page.components(separatedBy: "</\(tag)>").count - 1, "\(tag)")
    }
  }

  @Test func everyScoreOfAnExperimentalModelIsMarked() throws {
    let marked = try page(experimental: true)
    #expect(marked.contains("<p class=\"warn\">The scores of this model are experimental.</p>"))
    let captions = marked.components(separatedBy: "<figcaption>").dropFirst()
    #expect(!captions.isEmpty && captions.allSatisfy { $0.contains(" (experimental), ") })
    for stated in [nil, false] {
      #expect(!(try page(experimental: stated)).lowercased().contains("experimental"))
    }
  }

  @Test func picturesAreWhole() throws {
    let parts = try page().components(separatedBy: "base64,").dropFirst()
    for part in parts {
      let text = String(part.prefix { $0 != "\"" })
      let bytes = try #require(Data(base64Encoded: text))
      let picture = try PNG.decode([UInt8](bytes))
      #expect(picture.width == 64 && picture.height == 64)
    }
  }

  @Test func noPatientIsNamed() throws {
    let page = try page()
    #expect(!page.contains("PHANTOM-4"))
    #expect(!page.contains("images/") && !page.contains("000001.png"))
    #expect(page.contains("row "))
  }

  @Test func cellsAreEscaped() throws {
    let page = try page { path in
      let text = try String(contentsOfFile: path, encoding: .utf8)
      var lines = text.split(separator: "\n").map(String.init)
      for index in lines.indices.dropFirst() {
        lines[index] =
          lines[index].split(separator: ",", omittingEmptySubsequences: false).dropLast()
          .joined(separator: ",") + ",<script>alert('&')</script>"
      }
      try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
    }
    #expect(!page.contains("<script"))
    #expect(page.contains("&lt;script&gt;alert(&#39;&amp;&#39;)"))
    #expect(HTML.escape("a<b> & \"c\" 'd'") == "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;")
  }
}
