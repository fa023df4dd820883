import Egress
package import Encodings
package import Runbooks
import SourceText
import Webhooks

extension CheckOptions {
  /// What this service has: its signature schemes, those of the installation, and its handshake profiles.
  package static func service(
    ownSchemes: [SchemeDocument] = [], templates: Set<String>? = nil, runbooks: Set<String>? = nil,
    logins: Set<String>? = nil, dataSources: [DataSourceDocument]? = nil, now: Instant
  ) -> CheckOptions {
    var options = CheckOptions(
      schemes: Set(SchemeCatalogue.builtIn.names), ownSchemes: ownSchemes, templates: templates,
      dataSources: dataSources, now: now,
      challenges: .service,
      isTimeZone: { TimeZones.offset($0) != nil }, certificateEnd: { CertificateText.end(of: Array($0.utf8)) })
    options.runbooks = runbooks
    options.logins = logins
    return options
  }
}

extension ChallengeProfiles {
  /// The profiles that come with the program, and how an author's own is read.
  static let service: ChallengeProfiles = {
    let catalogue = ChallengeCatalogue.builtIn
    var named: [String: ChallengeNeeds] = [:]
    for name in catalogue.names { named[name] = catalogue.profile(named: name).map { ChallengeNeeds($0) } }
    return ChallengeProfiles(named: named) { json in
      do throws(Refusal) {
        return .success(ChallengeNeeds(try profile(json: json)))
      } catch {
        return .failure(error)
      }
    }
  }()

  /// An author's own profile. Its name is a word that no profile of the program has.
  static func profile(json: String) throws(Refusal) -> ChallengeProfile {
    switch SourceTape.parse(Array(json.utf8), file: "profile") {
    case .failure: throw Refusal(message: "the profile cannot be read")
    case .success(let nodes):
      guard let node = nodes.first else { throw Refusal(message: "the profile is empty") }
      do throws(SchemeFault) {
        return try ChallengeCatalogue.profile(named: "own", node)
      } catch {
        guard case .scheme(let fault) = error.cause else { throw Refusal(message: "the profile cannot be read") }
        throw Refusal(message: fault.message)
      }
    }
  }
}

extension ChallengeNeeds {
  init(_ profile: ChallengeProfile) {
    self.init(
      schemes: profile.schemes, settings: profile.settings.map(\.name), needsVerifyToken: profile.needsVerifyToken,
      needsAuthentication: profile.needsAuthentication, computesForAnybody: profile.computesForAnybody,
      needsSharedKey: profile.computesWithKey || profile.pinsKey, bringsKey: profile.pinsKey,
      callsOut: profile.followsLinks)
  }
}
