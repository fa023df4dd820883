/// How the bytes of a value are to be read.
package enum ValueForm: UInt8, Hashable, Sendable {
  /// One JSON value, as its text (RFC 8259): a string has its quotes, a number its digits as they came.
  case json = 1
  /// Characters (or any bytes) as they are.
  case text = 2
}
