import Egress
import Labels
import Testing

@testable import Runner

@Suite("Files as answers")
struct FileAnswerTests {
  @Test(
    "The name is the last part of what the header says, without what means something to a file system or a terminal",
    arguments: [
      (#"attachment; filename="report.pdf""#, "report.pdf"), (#"attachment; filename=report.pdf"#, "report.pdf"),
      (#"attachment; filename="a;b.pdf"; x=1"#, "a;b.pdf"), (#"attachment; filename="a\"b.pdf""#, "a\"b.pdf"),
      ("attachment; filename=\"x\"; filename*=UTF-8''%e2%82%ac%20rates.pdf", "€ rates.pdf"),
      ("attachment; filename*=UTF-8''%ff; filename=plain", "plain"),
      ("attachment; filename*=ISO-8859-1'en'%A3; filename=plain", "plain"),
      (#"attachment; filename="../../etc/passwd""#, "passwd"), (#"attachment; filename="C:\\x\\y.doc""#, "y.doc"),
      (#"attachment; filename="..""#, nil), ("attachment", nil), ("inline; filename=", nil), ("", nil),
      ("attachment; filename*=UTF-8''a%0d%0ab%00c%e2%80%aedcba.exe", "abcdcba.exe"), ("filename=x", nil),
    ] as [(String, String?)])
  func names(header: String, name: String?) {
    #expect(FileAnswer.name(in: header) == name)
  }

  @Test("A long name is cut")
  func long() throws {
    let name = try #require(FileAnswer.name(in: "a; filename=" + String(repeating: "ä", count: 900)))
    #expect(name.utf8.count <= 200)
  }
}
