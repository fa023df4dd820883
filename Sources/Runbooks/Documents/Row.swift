/// A query parameter, a header or a form field of a method.
package struct Row: Equatable, Sendable {
  package var key: String
  package var value: RowValue
  package var vendor: VendorExtras

  package init(key: String, value: RowValue, vendor: VendorExtras = VendorExtras()) {
    self.key = key
    self.value = value
    self.vendor = vendor
  }

  /// R19: sealed at rest, never shown again, bound to the method's URL. The value of such a row is never
  /// in the document: one that an author wrote in clear is taken out when the document is read.
  package var encrypt: Bool { value == .sealed }
}

/// What a row holds.
package enum RowValue: Equatable, Sendable {
  case template(Template)
  case secret(SecretReference)
  /// Sealed in the service: entered by `chancery set METHOD query|header|form NAME`, or found in clear in
  /// an import and sealed at once. What is sealed may itself be a template, rendered after opening.
  case sealed
}

/// The three places of rows, by the words that `chancery set` uses.
package enum RowKind: String, Sendable, CaseIterable {
  case query
  case header
  case form

  /// The `type` number of vendor documents.
  package var vendorNumber: Int64 {
    switch self {
    case .query: 0
    case .header: 1
    case .form: 2
    }
  }
}
