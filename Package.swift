// swift-tools-version: 6.1
import PackageDescription

// DCMTK is linked by name: Debian 12's pkg-config file for it does not resolve
// (docs/decisions/0001-linking-dcmtk.md).
let dcmtk: [LinkerSetting] = [
  "dcmjpls", "dcmtkcharls", "dcmjpeg", "ijg8", "ijg12", "ijg16", "dcmimgle", "dcmdata", "oflog",
  "ofstd",
].map { .linkedLibrary($0) }

let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let csv = Target.Dependency.product(name: "SwiftCSV", package: "SwiftCSV")
let arguments = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")

let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")

let systemLibraries: [Target] = [
  .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas"),
  .systemLibrary(name: "COpenJPEG", pkgConfig: "libopenjp2"),
  .systemLibrary(name: "CPNG", pkgConfig: "libpng"),
  .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg"),
  .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto"),
  .systemLibrary(name: "CZlib", pkgConfig: "zlib"),
]

let floors: [Target] = [
  // floor 0
  .target(
    name: "CDCMTK", dependencies: ["COpenJPEG"],
    linkerSettings: dcmtk + [.linkedLibrary("stdc++")]),
  .target(name: "CKernels"),
  // floor 1
  .target(name: "Tensors", dependencies: ["COpenBLAS", "CKernels"]),
  .target(name: "Pipelines"),
  .target(name: "Reports"),
  // floor 2
  .target(
    name: "Graphs", dependencies: ["Tensors", protobuf], exclude: ["Generated/onnx.proto"]),
  .target(name: "Imaging", dependencies: ["Tensors", "CPNG", "CTurboJPEG", "CCrypto", "CZlib"]),
  // floor 3
  .target(name: "DICOM", dependencies: ["CDCMTK", "Imaging", "CZlib"]),
  .target(name: "Networks", dependencies: ["Graphs", "Imaging", "Tensors"]),
  // floor 4
  .target(name: "Lungs", dependencies: ["Networks", "Graphs", "Imaging", "Tensors"]),
  .target(name: "Localization", dependencies: ["Networks", "Graphs", "Imaging", "Tensors"]),
  .target(name: "Findings", dependencies: ["DICOM", "Imaging", grdb]),
  .target(name: "Phantoms", dependencies: ["DICOM", "Imaging"]),
  // floor 5
  .target(
    name: "Training",
    dependencies: [
      "Localization", "Lungs", "Phantoms", "Networks", "DICOM", "Graphs", "Imaging", "Tensors", csv,
    ]),
  .target(name: "Intake", dependencies: ["Pipelines", "DICOM", "Findings", "Imaging"]),
  .target(
    name: "Scoring",
    dependencies: [
      "Pipelines", "Lungs", "Localization", "Findings", "DICOM", "Networks", "Graphs", "Imaging",
      "Tensors",
    ]),
  .target(name: "Triage", dependencies: ["Findings"]),
  // floor 7
  .executableTarget(
    name: "pleura",
    dependencies: [
      "Training", "Intake", "Scoring", "Triage", "Phantoms", "Lungs", "Localization", "Findings",
      "Networks", "DICOM", "Graphs", "Imaging", "Tensors", "Pipelines", "Reports", arguments,
    ]),
]

let tests: [Target] = [
  .testTarget(name: "TensorsTests", dependencies: ["Tensors"]),
  .testTarget(name: "PipelinesTests", dependencies: ["Pipelines"]),
  .testTarget(name: "GraphsTests", dependencies: ["Graphs", "Tensors"], exclude: ["Vectors"]),
  .testTarget(name: "ImagingTests", dependencies: ["Imaging", "CZlib"]),
  .testTarget(name: "DICOMTests", dependencies: ["DICOM", "Imaging", "CCrypto", "CZlib"]),
  .testTarget(name: "NetworksTests", dependencies: ["Networks", "Graphs", "Imaging", "Tensors"]),
  .testTarget(name: "LungsTests", dependencies: ["Lungs", "Networks", "Imaging", "Phantoms"]),
  .testTarget(
    name: "LocalizationTests",
    dependencies: ["Localization", "Networks", "Graphs", "Imaging", "Tensors"],
    exclude: ["Vectors"]),
  .testTarget(name: "ReportsTests", dependencies: ["Reports"], exclude: ["Vectors"]),
  .testTarget(name: "FindingsTests", dependencies: ["Findings", "DICOM", "Imaging", grdb]),
  .testTarget(name: "PhantomsTests", dependencies: ["Phantoms", "DICOM", "Imaging"]),
  .testTarget(
    name: "TrainingTests",
    dependencies: [
      "Training", "Localization", "Lungs", "Networks", "DICOM", "Graphs", "Imaging", "Tensors",
      "Phantoms",
    ]),
  .testTarget(
    name: "IntakeTests",
    dependencies: ["Intake", "Findings", "DICOM", "Imaging", "Pipelines", "Phantoms"]),
  .testTarget(
    name: "ScoringTests",
    dependencies: [
      "Scoring", "Findings", "DICOM", "Imaging", "Networks", "Phantoms", "Tensors",
    ]),
  .testTarget(name: "TriageTests", dependencies: ["Triage", "Findings", "DICOM"]),
  .testTarget(
    name: "IntegrationTests", dependencies: ["pleura", "Graphs", "Tensors", "CZlib", grdb]),
]

let packages: [Package.Dependency] = [
  .package(url: "https://github.com/groue/GRDB.swift", from: "7.0.0"),
  .package(url: "https://github.com/swiftcsv/SwiftCSV", from: "0.10.0"),
  .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
  .package(url: "https://github.com/apple/swift-protobuf", from: "1.30.0"),
]

let package = Package(
  name: "pleura",
  dependencies: packages,
  targets: systemLibraries + floors + tests,
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)
