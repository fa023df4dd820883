import Encodings
import TestSupport
import Testing

/// Nicolas Seriot's JSONTestSuite (see NOTICE beside the vectors).
@Suite struct JSONTapeSuiteTests {
  /// Where RFC 8259 leaves the choice, ours is fixed: numbers of any size keep their text; lone surrogates, text that
  /// is not UTF-8, byte order marks and depth are refused.
  private static let accepted: Set<String> = [
    "i_number_double_huge_neg_exp.json", "i_number_huge_exp.json", "i_number_neg_int_huge_exp.json",
    "i_number_pos_double_huge_exp.json", "i_number_real_neg_overflow.json", "i_number_real_pos_overflow.json",
    "i_number_real_underflow.json", "i_number_too_big_neg_int.json", "i_number_too_big_pos_int.json",
    "i_number_very_big_negative_int.json",
  ]
  private static let refused: [String: String] = [
    "i_object_key_lone_2nd_surrogate.json": "loneSurrogate",
    "i_string_1st_surrogate_but_2nd_missing.json": "loneSurrogate",
    "i_string_1st_valid_surrogate_2nd_invalid.json": "loneSurrogate",
    "i_string_UTF-16LE_with_BOM.json": "notUTF8",
    "i_string_UTF-8_invalid_sequence.json": "notUTF8",
    "i_string_UTF8_surrogate_U+D800.json": "notUTF8",
    "i_string_incomplete_surrogate_and_escape_valid.json": "loneSurrogate",
    "i_string_incomplete_surrogate_pair.json": "loneSurrogate",
    "i_string_incomplete_surrogates_escape_valid.json": "loneSurrogate",
    "i_string_invalid_lonely_surrogate.json": "loneSurrogate",
    "i_string_invalid_surrogate.json": "loneSurrogate",
    "i_string_invalid_utf-8.json": "notUTF8",
    "i_string_inverted_surrogates_U+1D11E.json": "loneSurrogate",
    "i_string_iso_latin_1.json": "notUTF8",
    "i_string_lone_second_surrogate.json": "loneSurrogate",
    "i_string_lone_utf8_continuation_byte.json": "notUTF8",
    "i_string_not_in_unicode_range.json": "notUTF8",
    "i_string_overlong_sequence_2_bytes.json": "notUTF8",
    "i_string_overlong_sequence_6_bytes.json": "notUTF8",
    "i_string_overlong_sequence_6_bytes_null.json": "notUTF8",
    "i_string_truncated-utf-8.json": "notUTF8",
    "i_string_utf16BE_no_BOM.json": "unexpected",
    "i_string_utf16LE_no_BOM.json": "unexpected",
    "i_structure_500_nested_arrays.json": "tooDeep",
    "i_structure_UTF-8_BOM_empty_object.json": "byteOrderMark",
  ]

  /// Valid by the grammar, but two equal keys; RFC 8259 §4 calls what follows unpredictable.
  private static let duplicates: Set<String> = [
    "y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json",
  ]

  @Test("Every file of test_parsing gets its verdict")
  func parsing() throws {
    let folder = "json-test-suite/test_parsing"
    let names = try Vectors.names(in: folder).filter { $0.hasSuffix(".json") }
    #expect(names.count == 318)
    for name in names {
      let fault = fault(of: try Vectors.bytes("\(folder)/\(name)"))
      switch name.prefix(2) {
      case "y_" where Self.duplicates.contains(name): #expect(fault == "duplicateKey", "\(name)")
      case "y_": #expect(fault == nil, "\(name)")
      case "n_": #expect(fault != nil, "\(name)")
      case "i_" where Self.accepted.contains(name): #expect(fault == nil, "\(name)")
      case "i_": #expect(fault != nil && fault == Self.refused[name], "\(name): \(fault ?? "accepted")")
      default: Issue.record("a file of an unknown kind: \(name)")
      }
    }
    let undecided = names.filter { $0.hasPrefix("i_") }.filter { !Self.accepted.contains($0) }
    #expect(Set(undecided) == Set(Self.refused.keys))
  }

  @Test("Every file of test_transform keeps its text or is refused")
  func transform() throws {
    let folder = "json-test-suite/test_transform"
    let refused: [String: String] = [
      "object_same_key_different_values.json": "duplicateKey",
      "object_same_key_same_value.json": "duplicateKey",
      "object_same_key_unclear_values.json": "duplicateKey",
      "string_1_escaped_invalid_codepoint.json": "loneSurrogate",
      "string_1_invalid_codepoint.json": "notUTF8",
      "string_2_escaped_invalid_codepoints.json": "loneSurrogate",
      "string_2_invalid_codepoints.json": "notUTF8",
      "string_3_escaped_invalid_codepoints.json": "loneSurrogate",
      "string_3_invalid_codepoints.json": "notUTF8",
    ]
    let names = try Vectors.names(in: folder).filter { $0.hasSuffix(".json") }
    #expect(names.count == 22)
    for name in names {
      let bytes = try Vectors.bytes("\(folder)/\(name)")
      #expect(fault(of: bytes) == refused[name], "\(name)")
      guard refused[name] == nil else { continue }
      let tape = try JSONTape(bytes)
      let spaces: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
      // None of the accepted files has spaces inside strings or escapes that are not needed, but one has U+0000.
      let expected = bytes.filter { !spaces.contains($0) }
      #expect(tape.canonicalText(tape.root) == expected, "\(name)")
    }
  }

  @Test("Keys in two Unicode normal forms are two keys")
  func normalForms() throws {
    let tape = try JSONTape(Array("{\"\u{E9}\":1,\"e\u{301}\":2}".utf8))
    #expect(tape.member(tape.root, "\u{E9}").flatMap { tape.integer($0) } == 1)
    #expect(tape.member(tape.root, "e\u{301}").flatMap { tape.integer($0) } == 2)
  }

  private func fault(of bytes: [UInt8]) -> String? {
    do {
      _ = try JSONTape(bytes)
      return nil
    } catch {
      return String("\(error)".prefix { $0 != "(" })
    }
  }
}
