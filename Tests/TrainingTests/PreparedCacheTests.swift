import DICOM
import Foundation
import Glibc
import Imaging
import Networks
import Testing
import Training

/// Pictures made from numbers.
struct MadeDataset: Dataset {
  let kind = DatasetKind.pictures
  let items: [DatasetItem]
  let skipped: SkipCounts = [:]
  let side: Int
  let salt: String

  init(count: Int, side: Int, salt: String = "", held: Int = 8) {
    items = (0..<count).map { index in
      DatasetItem(
        id: "\(index)", patient: "p\(index)", split: index % held == 0 ? "val" : "train",
        labels: [Float(index % 2)], row: index + 2)
    }
    self.side = side
    self.salt = salt
  }

  func film(_ index: Int) throws -> Film {
    let picture = TestFolder.noise(UInt64(index), side, side).image
    var truth = Mask(width: side, height: side)
    if index % 2 == 1 { truth[index % side, 1] = true }
    return Film(
      image: picture, truth: index % 3 == 0 ? nil : truth, labels: items[index].labels,
      patient: items[index].patient)
  }

  func contentDigest(_ index: Int) throws -> String {
    SHA256.hex(ofText: "\(salt)|\(index)|\(side)")
  }
}

@Suite struct PreparedCacheTests {
  private func loader(
    _ data: MadeDataset, cache: String?, side: Int = 24, lungModel: String? = nil
  ) throws -> SampleLoader {
    var loader = SampleLoader(
      recipe: try .overData(label: "made", side: side), corpusRoot: nil, lungs: nil, threads: 2)
    loader.data = data
    loader.cache = cache.map(PreparedCache.init)
    loader.lungModelDigest = lungModel
    return loader
  }

  /// The samples, and how many pictures were prepared for them.
  private func load(_ loader: SampleLoader) throws -> (LoadedSamples, Int) {
    var made = 0
    let loaded = try #require(try loader.load(progress: { _, of in made = of }))
    return (loaded, made)
  }

  private func packs(_ folder: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(".pack") }
      .sorted().map { folder + "/" + $0 }
  }

  private func expectSame(_ one: SampleSet, _ other: SampleSet) {
    #expect(one.facts == other.facts && !one.isEmpty)
    for index in one.indices {
      #expect(one[index].image.base == other[index].image.base)
      #expect(one[index].image.lung == other[index].image.lung)
      #expect(one[index].truth == other[index].truth)
      #expect(one[index].image.region == other[index].image.region)
      #expect(one[index].image.sourceWidth == other[index].image.sourceWidth)
    }
  }

  @Test func givesTheSameBitsAsMemoryAndDecodesNothingTwice() throws {
    let folder = try TestFolder()
    let data = MadeDataset(count: 30, side: 40)
    let (memory, _) = try load(loader(data, cache: nil))
    let (first, made) = try load(loader(data, cache: folder.path))
    let (second, again) = try load(loader(data, cache: folder.path))
    #expect(made == 30 && again == 0)
    for loaded in [first, second] {
      expectSame(loaded.train, memory.train)
      expectSame(loaded.validation, memory.validation)
      #expect(loaded.report == memory.report)
    }
    let picked = second.train.selecting([5, 0])
    #expect(picked.facts == [memory.train.facts[5], memory.train.facts[0]])
    #expect(picked[0].image.base == memory.train[5].image.base)
  }

  /// Of a larger set only what is new is prepared; other contents are other pictures.
  @Test func takesWhatIsThereAndMakesTheRest() throws {
    let folder = try TestFolder()
    _ = try load(loader(MadeDataset(count: 10, side: 40), cache: folder.path))
    let (_, more) = try load(loader(MadeDataset(count: 25, side: 40), cache: folder.path))
    #expect(more == 15)
    let (_, other) = try load(
      loader(MadeDataset(count: 25, side: 40, salt: "other bytes"), cache: folder.path))
    #expect(other == 25)
  }

  @Test func preparationsAndLungModelsShareAFolder() throws {
    let folder = try TestFolder()
    let data = MadeDataset(count: 9, side: 40)
    let (small, _) = try load(loader(data, cache: folder.path, side: 16))
    let (large, made) = try load(loader(data, cache: folder.path, side: 32))
    let (_, lungs) = try load(loader(data, cache: folder.path, side: 32, lungModel: "a"))
    #expect(made == 9 && lungs == 9)
    #expect(small.train[0].image.base.width == 16 && large.train[0].image.base.width == 32)
    let (_, again) = try load(loader(data, cache: folder.path, side: 16))
    #expect(again == 0)
    #expect(try packs(folder.path).count == 3)
  }

  /// Cut anywhere, or with any part altered, a pack is made again.
  @Test func tornAndAlteredPacksAreMadeAgain() throws {
    let folder = try TestFolder()
    let data = MadeDataset(count: 6, side: 40)
    let (whole, _) = try load(loader(data, cache: folder.path))
    let pack = try #require(try packs(folder.path).first)
    let sound = try AtomicFile.read(pack)
    var damaged: [[UInt8]] = [[], Array(sound.prefix(40)), sound + [0]]
    damaged += [sound.count / 3, sound.count - 1].map { Array(sound.prefix($0)) }
    for place in [0, 9, 17, 25, 33, 64, sound.count / 2, sound.count - 3] {
      var other = sound
      other[place] ^= 1
      damaged.append(other)
    }
    for bytes in damaged {
      try AtomicFile.write(bytes, to: pack)
      let (loaded, made) = try load(loader(data, cache: folder.path))
      #expect(made == 6)
      expectSame(loaded.train, whole.train)
      #expect(try AtomicFile.read(pack) == sound)
    }
  }

  @Test func phantomsComeOutOfTheCacheWithTheirLabels() throws {
    let folder = try TestFolder()
    var recipe = try Recipe.overData(label: "made", side: 48)
    recipe.sources = [
      .init(kind: .radiographPhantoms, use: .train, seed: 1, count: 8, size: 48),
      .init(kind: .radiographPhantoms, use: .validation, seed: 2, count: 4, size: 48),
    ]
    var loader = SampleLoader(recipe: recipe, corpusRoot: nil, lungs: nil, threads: 1)
    let (memory, _) = try load(loader)
    loader.cache = PreparedCache(folder: folder.path)
    _ = try load(loader)
    let (cached, made) = try load(loader)
    #expect(made == 0)
    expectSame(cached.train, memory.train)
    expectSame(cached.validation, memory.validation)
  }

  @Test func aStoppedRunKeepsWhatItMade() throws {
    let folder = try TestFolder()
    let data = MadeDataset(count: 9, side: 40)
    var loader = try loader(data, cache: folder.path)
    loader.cache?.packBytes = 5000  // two pictures
    var asked = 0
    let stopped = try loader.load(shouldStop: {
      asked += 1
      return asked == 2
    })
    #expect(stopped == nil)
    #expect(try packs(folder.path).count == 2)
    let (loaded, made) = try load(loader)
    #expect(made == 5)
    expectSame(loaded.train, try load(self.loader(data, cache: nil)).0.train)
    #expect(try packs(folder.path).count == 5)
  }

  @Test func aFolderThatCannotBeMadeIsAnError() throws {
    let folder = try TestFolder()
    try folder.write("a file", "cache")
    let loader = try loader(MadeDataset(count: 5, side: 40), cache: folder.path + "/cache")
    #expect(throws: TrainingError(.cacheNotWritable)) { try loader.load() }
  }

  /// A full disk is an error of its own, leaves no torn pack, and the same call goes on when there
  /// is space. Needs root, to mount a small disk.
  @Test(.enabled(if: getuid() == 0, "mounting a small disk needs root"))
  func aFullDiskLeavesNothingBehind() throws {
    let folder = try TestFolder()
    try folder.make("disk")
    let disk = folder.path + "/disk"
    guard mount("none", disk, "tmpfs", 0, "size=64k") == 0 else {
      print("skipped: this machine lets nobody mount (errno \(errno))")
      return
    }
    defer { umount2(disk, Int32(MNT_DETACH)) }
    let loader = try loader(MadeDataset(count: 40, side: 40), cache: disk, side: 64)
    #expect(throws: TrainingError(.diskFull)) { try loader.load() }
    let left = try FileManager.default.subpathsOfDirectory(atPath: disk)
    #expect(left.allSatisfy { !$0.contains(".pack") && !$0.contains(".pleura-") })
    #expect(mount("none", disk, "tmpfs", UInt(MS_REMOUNT), "size=16m") == 0)
    let (loaded, made) = try load(loader)
    #expect(made == 40 && loaded.train.count == 35)
  }

  /// Own memory while every picture of a large cache is copied out twice. Alone in its process:
  /// `PLEURA_CACHE_MIB=2048 swift test -c release --filter memoryStaysFlat`.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["PLEURA_CACHE_MIB"] != nil))
  func memoryStaysFlat() throws {
    let folder = try TestFolder()
    let size = Int(ProcessInfo.processInfo.environment["PLEURA_CACHE_MIB"] ?? "") ?? 64
    let data = MadeDataset(count: size, side: 512)
    let loader = try loader(data, cache: folder.path, side: 512)
    let begin = ContinuousClock.now
    _ = try load(loader)
    let prepared = ContinuousClock.now
    let (loaded, made) = try load(loader)
    let opened = ContinuousClock.now
    #expect(made == 0)
    let before = try Self.memory("RssAnon")
    var most = before
    var sum: Float = 0
    for index in Array(loaded.train.indices) + Array(loaded.train.indices) {
      sum += loaded.train[index].image.base.pixels[index]
      most = max(most, try Self.memory("RssAnon"))
    }
    let read = ContinuousClock.now
    let bytes = try packs(folder.path).map {
      try FileManager.default.attributesOfItem(atPath: $0)[.size] as? Int ?? 0
    }.reduce(0, +)
    print(
      "cache \(bytes >> 20) MiB of \(size) pictures: prepared in \(prepared - begin), opened in",
      "\(opened - prepared), read twice in \(read - opened); own memory \(before) KiB before,",
      "\(most) KiB at most, peak with all phases \(try Self.memory("VmHWM")) KiB,",
      "mapped \(try Self.memory("RssFile")) KiB (\(sum))")
    #expect(most - before < 16 << 10)
  }

  /// A line of /proc/self/status, KiB.
  private static func memory(_ name: String) throws -> Int {
    let text = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
    return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0
  }
}
