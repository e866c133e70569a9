import Testing

import Reports

@Suite struct CSVReaderTests {
  /// Hands out the bytes in chunks of one size.
  private func reader(_ bytes: [UInt8], chunk: Int = 1 << 16) throws -> CSVReader {
    var rest = bytes[...]
    return try CSVReader {
      let part = Array(rest.prefix(chunk))
      rest = rest.dropFirst(chunk)
      return part
    }
  }

  private func rows(_ text: String, chunk: Int = 1 << 16) throws -> [[String]] {
    var reader = try reader(Array(text.utf8), chunk: chunk)
    var rows = [reader.header]
    while let row = try reader.next() { rows.append(row) }
    return rows
  }

  private static let table =
    "\u{FEFF}id,report\r\n7,\"FINDINGS:\r\nclear, \"\"wet\"\" read\n\nno PTX\"\r\n\r\n8,\n"
    + "9,\"\"\n10,a \"quoted\" word\n\"11\",last"

  @Test(arguments: [1, 2, 3, 7, 1 << 16])
  func exportsReadTheSameInChunksOfAnySize(chunk: Int) throws {
    #expect(
      try rows(Self.table, chunk: chunk) == [
        ["id", "report"], ["7", "FINDINGS:\r\nclear, \"wet\" read\n\nno PTX"], ["8", ""],
        ["9", ""], ["10", "a \"quoted\" word"], ["11", "last"],
      ])
  }

  @Test func oldLineEndsAndOtherSeparators() throws {
    #expect(try rows("a,b\r1,2\r3,4\r") == [["a", "b"], ["1", "2"], ["3", "4"]])
    #expect(try rows("a;b\n1;2,5\n") == [["a", "b"], ["1", "2,5"]])
    #expect(try rows("a\tb\n1\t2\n") == [["a", "b"], ["1", "2"]])
    #expect(try rows("report\none\n\ntwo\n") == [["report"], ["one"], [""], ["two"]])
  }

  private func failure(_ bytes: [UInt8]) -> ReportsError? {
    #expect(throws: ReportsError.self) {
      var reader = try reader(bytes)
      while try reader.next() != nil {}
    }
  }

  @Test func damageIsToldByRowAndColumn() throws {
    func failure(_ text: String) -> ReportsError? { self.failure(Array(text.utf8)) }
    #expect(failure("") == ReportsError(.empty))
    #expect(failure("a,a\n") == ReportsError(.columnTwice, row: 1, column: 2))
    #expect(failure("a,b\n1,2\n3\n") == ReportsError(.fieldCount, row: 3, column: 1))
    #expect(failure("a,b\n1,2,3\n") == ReportsError(.fieldCount, row: 2, column: 2))
    #expect(failure("a,b\n1,\"never closed\n2,3\n") == ReportsError(.quoteOpen, row: 2, column: 2))
    #expect(failure("a,b\n1,\"x\" y\n") == ReportsError(.quoteMisplaced, row: 2, column: 2))
    #expect(
      self.failure(Array("a,b\n1,".utf8) + [0xE9, 0x0A])
        == ReportsError(.notUTF8, row: 2, column: 2))
    #expect(self.failure([0xFF, 0xFE, 0x61, 0x00]) == ReportsError(.notUTF8, row: 1))
    let long = String(repeating: "x", count: CSVReader.fieldLimit + 1)
    #expect(failure("a,b\n1,\"" + long) == ReportsError(.fieldTooLong, row: 2, column: 2))
  }

  @Test func missingFileIsUnreadable() {
    #expect(throws: ReportsError(.unreadable)) { try CSVReader(path: "/nowhere/reports.csv") }
    #expect(throws: ReportsError(.unreadable)) { try CSVReader(path: "/") }
  }

  /// 100,000 reports of two lines each, made as they are read: nothing holds the whole table.
  @Test func manyRowsStream() throws {
    var next = -1
    var reader = try CSVReader {
      next += 1
      if next == 0 { return Array("id,report\r\n".utf8) }
      return next > 100_000 ? [] : Array("\(next),\"FINDINGS:\r\nNo PTX, \(next).\"\r\n".utf8)
    }
    var count = 0
    var last: [String] = []
    while let row = try reader.next() {
      count += 1
      last = row
    }
    #expect(count == 100_000 && reader.row == 100_001)
    #expect(last == ["100000", "FINDINGS:\r\nNo PTX, 100000."])
  }
}
