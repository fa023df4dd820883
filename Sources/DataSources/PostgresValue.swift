import CDataSources
import Encodings

/// Values of a PostgreSQL answer, from their text form by the type of their column.
enum PostgresValue {
  static func read(_ result: OpaquePointer, row: Int32, column: Int32) -> ColumnValue {
    guard chancery_pq_is_null(result, row, column) == 0, let start = chancery_pq_value(result, row, column) else {
      return .null
    }
    let count = Int(chancery_pq_length(result, row, column))
    let bytes = Array(UnsafeRawBufferPointer(start: start, count: count))
    return value(bytes, type: chancery_pq_column_type(result, column))
  }

  /// By the oid of the column's type (pg_type).
  static func value(_ bytes: [UInt8], type: UInt32) -> ColumnValue {
    switch type {
    case 16: .boolean(bytes == [UInt8(ascii: "t")])
    // bigint, smallint, integer, oid, real, double precision, numeric
    case 20, 21, 23, 26, 700, 701, 1_700: .number(bytes)
    // json, jsonb
    case 114, 3_802: .json(bytes)
    case 17: binary(bytes)
    default: .text(bytes)
    }
  }

  /// `\x` and hexadecimal digits: the form that the session asks for.
  private static func binary(_ bytes: [UInt8]) -> ColumnValue {
    guard bytes.starts(with: [0x5C, 0x78]),
      let content = Hex.decode(String(decoding: bytes.dropFirst(2), as: UTF8.self))
    else { return .text(bytes) }
    return .binary(content)
  }
}
