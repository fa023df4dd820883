import Foundation
import Testing
@testable import Runbooks
@Test func zz() throws { try DocumentSchema.text.write(toFile: "docs/schema/chancery.schema.json", atomically: true, encoding: .utf8) }
