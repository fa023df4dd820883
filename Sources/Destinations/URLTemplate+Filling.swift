/// Why a template could not be filled. It names the variable, never its value.
package enum TemplateFillFault: Error, Hashable, Sendable {
  case missing(name: String)
  case value(name: String, PathValueFault)
  /// The filled segment as a whole is not one segment (for example '.' + '.').
  case segment(PathValueFault)
  case url(URLFault)
}

extension URLTemplate {
  /// The URL for these values. `query` is the whole query: the caller decides how the resource's own pairs and
  /// the method's parameters stand in it; names and values are raw bytes, encoded here.
  package func filled(
    query: [(name: [UInt8], value: [UInt8])], values: (String) -> [UInt8]?
  ) -> Result<CanonicalURL, TemplateFillFault> {
    do throws(TemplateFillFault) {
      var path: [String] = []
      for segment in segments { path.append(try Self.fill(segment, values)) }
      let pairs = query.map {
        ASCII.text(PercentForm.escapeValue($0.name) + [0x3d] + PercentForm.escapeValue($0.value))
      }
      let url = CanonicalURL(
        scheme: scheme, origin: origin, pathSegments: path, query: pairs.isEmpty ? nil : pairs.joined(separator: "&"))
      guard url.text.utf8.count <= URLLimits.textBytes else { throw .url(.tooLong) }
      return .success(url)
    } catch {
      return .failure(error)
    }
  }

  /// One path segment in canonical form.
  package static func fill(
    _ segment: Segment, _ values: (String) -> [UInt8]?
  ) throws(TemplateFillFault) -> String {
    switch segment {
    case .literal(let text): return text
    case .placeholder(let name): return try encoded(name, values)
    case .mixed(let pieces):
      var text = ""
      for piece in pieces {
        switch piece {
        case .literal(let literal): text += literal
        case .placeholder(let name): text += try encoded(name, values)
        }
      }
      do throws(PathValueFault) { try PathValue.check(PercentForm.decodeOnce(Array(text.utf8))) } catch {
        throw .segment(error)
      }
      return text
    }
  }

  private static func encoded(_ name: String, _ values: (String) -> [UInt8]?) throws(TemplateFillFault) -> String {
    guard let value = values(name) else { throw .missing(name: name) }
    switch PathValue.encode(value) {
    case .success(let bytes): return ASCII.text(bytes)
    case .failure(let fault): throw .value(name: name, fault)
    }
  }
}

/// What the placeholders of a template stood for in one URL.
package struct TemplateMatch: Sendable {
  /// Decoded values by name. Names that stand only in mixed segments are not here: several splits could be meant.
  package let bindings: [String: [UInt8]]
}

extension URLTemplate {
  /// Matches a URL that was parsed from the bytes about to be written. nil unless scheme, host, port, the number
  /// of segments and each literal are the same, each value obeys the path rules, and a name that stands twice has
  /// one value. The query is not looked at.
  package func match(_ url: CanonicalURL) -> TemplateMatch? {
    guard url.scheme == scheme, url.origin == origin, url.pathSegments.count == segments.count else { return nil }
    var bindings: [String: [UInt8]] = [:]
    for (segment, text) in zip(segments, url.pathSegments) {
      switch segment {
      case .literal(let literal):
        guard literal == text else { return nil }
      case .placeholder(let name):
        guard let value = Self.value(of: text) else { return nil }
        guard bindings[name] == nil || bindings[name] == value else { return nil }
        bindings[name] = value
      case .mixed(let pieces):
        guard Self.value(of: text) != nil, Self.matches(pieces[...], Array(text.utf8)[...]) else { return nil }
      }
    }
    return TemplateMatch(bindings: bindings)
  }

  private static func value(of segment: String) -> [UInt8]? {
    let value = PercentForm.decodeOnce(Array(segment.utf8))
    do throws(PathValueFault) { try PathValue.check(value) } catch { return nil }
    return value
  }

  /// Literals in order, first and last anchored, at least one byte for each placeholder. Taking the leftmost
  /// place for each literal in the middle finds a match whenever there is one.
  private static func matches(_ pieces: ArraySlice<Piece>, _ text: ArraySlice<UInt8>) -> Bool {
    var text = text
    var pending = 0
    for (offset, piece) in zip(pieces.indices, pieces) {
      switch piece {
      case .placeholder: pending += 1
      case .literal(let literal):
        let bytes = Array(literal.utf8)
        if pending == 0 {
          guard text.starts(with: bytes) else { return false }
          text = text.dropFirst(bytes.count)
        } else if offset == pieces.endIndex - 1 {
          return text.count >= bytes.count + pending && text.suffix(bytes.count).elementsEqual(bytes)
        } else {
          text = text.dropFirst(pending)
          while !text.isEmpty, !text.starts(with: bytes) { text = text.dropFirst() }
          guard text.starts(with: bytes) else { return false }
          text = text.dropFirst(bytes.count)
          pending = 0
        }
      }
    }
    return pending == 0 ? text.isEmpty : text.count >= pending
  }
}
