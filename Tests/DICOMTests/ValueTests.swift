import DICOM
import Testing

@Suite struct ValueTests {
  @Test func uidGrammar() throws {
    for good in ["1.2.3", "0", "2.25.0", "1.2.840.10008.1.2 ", "1.2\0"] {
      #expect(throws: Never.self) { try UID(validating: good) }
    }
    let long = String(repeating: "1.", count: 32) + "1"
    for bad in ["", ".", "1.", ".1", "1..2", "1.02", "1.2a", "../x", "1.2\n", long, "१.२"] {
      #expect(throws: DICOMError.self) { try UID(validating: bad) }
    }
  }

  @Test func derivedUIDsRepeat() throws {
    let a = UID.derived(from: ["1.2.3", "model"])
    #expect(a == UID.derived(from: ["1.2.3", "model"]))
    #expect(a != UID.derived(from: ["1.2.3m", "odel"]))
    #expect(a.value.hasPrefix("2.25.") && UID.isValid(a.value))
    // printf '1.2.3\0model\0' | sha256sum, version and variant bits set, as a decimal number.
    #expect(a.value == "2.25.191322781241174344828097275578239654156")
  }

  @Test func sensitiveValuesDoNotPrint() {
    let secret = Sensitive("CANARY")
    var text = "\(secret)" + String(reflecting: secret) + String(describing: [secret])
    dump(secret, to: &text)
    #expect(!text.contains("CANARY"))
    #expect(secret.value == "CANARY")
  }

  @Test func tagsHaveKeywords() {
    #expect(Tag(0x0010, 0x0020).description == "PatientID (0010,0020)")
    #expect(Tag(0x0011, 0x1001).description == "(0011,1001)")
  }

  @Test func codesAreStable() {
    for code in DICOMError.Code.allCases {
      #expect(!code.advice.isEmpty)
      #expect(code.rawValue.allSatisfy { $0.isLowercase || $0 == "-" })
    }
  }
}
