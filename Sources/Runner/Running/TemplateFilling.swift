import Labels
import Runbooks

/// Fills a document's templates from a scope: each placeholder is written as its place demands.
enum TemplateFilling {
  /// A template whose placeholders all stand in one kind of place.
  static func text(
    _ template: Template, in scope: RunScope, as context: RenderingContext = .text
  ) throws(ValueFault) -> RenderedText {
    try Rendering.text(segments(template, in: scope, as: context), maximumBytes: scope.values.maximumBytes)
  }

  static func segments(
    _ template: Template, in scope: RunScope, as context: RenderingContext
  ) throws(ValueFault) -> [RenderingSegment] {
    var segments: [RenderingSegment] = []
    for segment in template.segments {
      switch segment {
      case .literal(let text): segments.append(.literal(text))
      case .placeholder(let placeholder):
        segments.append(try value(placeholder, in: scope, as: context))
      }
    }
    return segments
  }

  /// A JSON body: positions were decided when the document was read.
  static func json(_ template: JSONTemplate, in scope: RunScope) throws(ValueFault) -> RenderedText {
    var segments: [RenderingSegment] = []
    for piece in template.pieces {
      switch piece {
      case .text(let text): segments.append(.literal(text))
      case .value(let placeholder): segments.append(try value(placeholder, in: scope, as: .jsonValue))
      case .inString(let placeholder), .inKey(let placeholder):
        segments.append(try value(placeholder, in: scope, as: .jsonInString))
      case .key(let placeholder): segments.append(try value(placeholder, in: scope, as: .jsonKey))
      }
    }
    return try Rendering.json(segments, maximumBytes: scope.values.maximumBytes)
  }

  private static func value(
    _ placeholder: Placeholder, in scope: RunScope, as context: RenderingContext
  ) throws(ValueFault) -> RenderingSegment {
    .value(
      try scope.value(placeholder.path), name: placeholder.path.text, isBare: placeholder.path.isBare, context: context)
  }
}
