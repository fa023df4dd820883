import TestSupport

/// Makes made-up tokens from a pattern of its own small language, so that tests state each format a second time and never
/// hold a token: `ghp_{36n}` is a text and 36 characters of the set `n`; `{24-40u}` is 24 to 40 of the set `u`.
struct ShapesSampler {
  enum Piece {
    case text([UInt8])
    case run(ClosedRange<Int>, [UInt8])
  }

  /// What is wrong with a token.
  enum Fault {
    case nothing
    /// The last run has one character less than its fewest.
    case short
    /// The last run has one more than its most.
    case long
    /// A character of the last run is of no alphabet.
    case alphabet
    /// All runs have their fewest characters, and nothing is wrong.
    case shortest
  }

  var random: SeededRandom

  static let sets: [Character: String] = [
    "d": "0123456789", "h": "0123456789abcdef", "H": "0123456789ABCDEF",
    "x": "0123456789abcdefABCDEF", "a": "0123456789abcdefghijklmnopqrstuvwxyz",
    "A": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", "3": "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
    "l": letters, "n": letters + "0123456789", "b": letters + "0123456789+/", "u": letters + "0123456789-_",
    "w": letters + "0123456789_", ".": letters + "0123456789-_=.", "r": letters + "0123456789-_~.",
    "B": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
  ]
  private static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

  static func pieces(_ pattern: String) -> [Piece] {
    pattern.split(separator: "{", omittingEmptySubsequences: false).enumerated().flatMap { index, part -> [Piece] in
      guard index > 0, let close = part.firstIndex(of: "}"), let set = part[..<close].last else {
        return part.isEmpty ? [] : [.text(Array(part.utf8))]
      }
      let counts = part[..<close].dropLast().split(separator: "-").compactMap { Int($0) }
      let run = Piece.run((counts.first ?? 0)...(counts.last ?? 0), Array((sets[set] ?? "").utf8))
      let rest = part[part.index(after: close)...]
      return rest.isEmpty ? [run] : [run, .text(Array(rest.utf8))]
    }
  }

  /// A text of the pattern, with this fault in its last run.
  mutating func token(_ pattern: String, _ fault: Fault = .nothing) -> [UInt8] {
    let pieces = Self.pieces(pattern)
    let last = pieces.lastIndex { if case .run = $0 { true } else { false } }
    return pieces.indices.flatMap { index -> [UInt8] in
      switch pieces[index] {
      case .text(let text): return text
      case .run(let counts, let set):
        let fault = index == last || fault == .shortest ? fault : .nothing
        return run(counts, set, fault)
      }
    }
  }

  private mutating func run(_ counts: ClosedRange<Int>, _ set: [UInt8], _ fault: Fault) -> [UInt8] {
    let count =
      switch fault {
      case .nothing: random.number(in: counts)
      case .short: counts.lowerBound - 1
      case .long: counts.upperBound + 1
      case .alphabet, .shortest: counts.lowerBound
      }
    var characters = (0..<count).map { _ in set[random.number(in: 0...set.count - 1)] }
    if fault == .alphabet { characters[count / 2] = 0x21 }
    return characters
  }

  /// The CRC-32 bit by bit, a second way beside the table of the code.
  static func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(UInt32.max) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    }
  }

  /// A number in base 36 or 62, padded with zeros.
  static func number(_ number: UInt32, base: UInt32, count: Int) -> [UInt8] {
    let digits =
      base == 62
      ? Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
      : Array("0123456789abcdefghijklmnopqrstuvwxyz".utf8)
    var rest = number
    var text: [UInt8] = []
    while text.count < count {
      text.insert(digits[Int(rest % base)], at: 0)
      rest /= base
    }
    return text
  }

  /// The token with its check digits put right, for shapes that have some.
  static func repaired(_ token: [UInt8], of shape: String) -> [UInt8] {
    switch shape {
    case "github-token", "npm-token":
      guard token.count > 10 else { return token }
      return token.dropLast(6) + number(crc32(token.dropFirst(4).dropLast(6)), base: 62, count: 6)
    case "gitlab-routable-token":
      guard let dash = token.firstIndex(of: 0x2D), let dot = token.firstIndex(of: 0x2E) else { return token }
      let counted = token.dropLast(9) + number(UInt32(dot - dash - 1), base: 36, count: 2)
      return counted + number(crc32(counted), base: 36, count: 7)
    case "grafana-service-account-token":
      let sum = crc32(token.dropLast(9))
      let hex = (0..<4).flatMap { index in
        let byte = sum >> (8 * UInt32(index)) & 0xFF
        return Array((byte < 16 ? "0" : "").utf8) + Array(String(byte, radix: 16).utf8)
      }
      return token.dropLast(8) + hex
    default: return token
    }
  }
}

/// Every shape once more as patterns: what the catalogue must find, stated independently of it.
let shapePatterns: [(shape: String, patterns: [String])] = [
  ("github-token", ["ghp_{36n}", "gho_{36n}", "ghu_{36n}", "ghs_{36n}", "ghr_{36n}"]),
  ("github-fine-grained-token", ["github_pat_{22n}_{59n}"]),
  (
    "gitlab-token",
    [
      "glpat-{20u}", "gldt-{20u}", "glrt-{20u}", "glft-{20u}", "glsoat-{20u}", "glffct-{20u}", "glimt-{25u}",
      "glagent-{50u}", "gloas-{64x}", "glptt-{40h}",
    ]
  ),
  ("gitlab-job-token", ["glcbt-{1-5n}_{20u}"]),
  (
    "gitlab-routable-token",
    ["glpat-{27-300u}.01.{9a}", "glrt-{27-300u}.01.{9a}", "glpat-{27-300u}.{9a}", "glrt-{27-300u}.{9a}"]
  ),
  ("gitlab-runner-registration-token", ["GR1348941{20u}"]),
  ("atlassian-api-token", ["ATATT3{150-250u}={8H}"]),
  ("bitbucket-app-password", ["ATBB{24n}{8H}"]),
  ("sourcegraph-access-token", ["sgp_{16h}_{40h}", "sgp_local_{40h}", "sgp_{40h}"]),
  ("circleci-token", ["CCIPAT_{20-24n}_{40h}", "CCIPRJ_{20-24n}_{40h}"]),
  ("buildkite-token", ["bkua_{40a}"]),
  ("sonarqube-token", ["squ_{40h}", "sqp_{40h}", "sqa_{40h}", "sqco_{59n}"]),
  ("artifactory-api-key", ["AKCp{69n}"]),
  ("artifactory-reference-token", ["cmVmd{59n}"]),
  ("npm-token", ["npm_{36n}"]),
  ("pypi-token", ["pypi-AgEIcHlwaS5vcmc{50-1000u}", "pypi-AgENdGVzdC5weXBpLm9yZw{50-1000u}"]),
  ("rubygems-token", ["rubygems_{48h}"]),
  ("crates-token", ["cio{32n}"]),
  ("nuget-api-key", ["oy2{43a}"]),
  ("docker-token", ["dckr_pat_{27u}", "dckr_oat_{27-32u}"]),
  ("clojars-token", ["CLOJARS_{60h}"]),
  ("aws-bedrock-api-key", ["ABSK{109-269b}", "ABSK{109-269b}=", "ABSK{109-269b}=="]),
  ("google-api-key", ["AIza{35u}"]),
  ("google-oauth-access-token", ["ya29.{50-1024u}"]),
  ("google-oauth-client-secret", ["GOCSPX-{28u}"]),
  ("azure-client-secret", ["{3r}{1d}Q~{31-34r}"]),
  ("azure-storage-key", ["AccountKey={86b}=="]),
  ("azure-devops-token", ["{76n}AZDO{4n}"]),
  ("azure-search-key", ["{42b}AzSe{6b}"]),
  ("azure-function-key", ["{44u}AzFu{6u}=="]),
  ("alibaba-access-key-id", ["LTAI{20n}"]),
  ("digitalocean-token", ["dop_v1_{64h}", "doo_v1_{64h}", "dor_v1_{64h}"]),
  ("heroku-api-key", ["HRKU-AA{58u}"]),
  ("cloudflare-origin-ca-key", ["v1.0-{24h}-{146h}"]),
  ("databricks-token", ["dapi{32h}", "dapi{32h}-{1d}"]),
  ("planetscale-credential", ["pscale_tkn_{32-64.}", "pscale_oauth_{32-64.}", "pscale_pw_{32-64.}"]),
  ("supabase-token", ["sbp_{40h}", "sbp_oauth_{40h}"]),
  ("scalingo-token", ["tk-us-{48u}"]),
  ("openshift-token", ["sha256~{43u}"]),
  (
    "openai-api-key",
    [
      "sk-{20n}T3BlbkFJ{20n}", "sk-proj-{74u}T3BlbkFJ{74u}", "sk-proj-{58u}T3BlbkFJ{58u}",
      "sk-svcacct-{74u}T3BlbkFJ{74u}", "sk-svcacct-{58u}T3BlbkFJ{58u}", "sk-admin-{74u}T3BlbkFJ{74u}",
      "sk-admin-{58u}T3BlbkFJ{58u}",
    ]
  ),
  ("anthropic-api-key", ["sk-ant-api03-{93u}AA", "sk-ant-admin01-{93u}AA", "sk-ant-oat01-{93u}AA"]),
  ("huggingface-token", ["hf_{34l}", "api_org_{34l}"]),
  ("perplexity-api-key", ["pplx-{48n}"]),
  ("groq-api-key", ["gsk_{52n}"]),
  ("replicate-token", ["r8_{37u}"]),
  ("xai-api-key", ["xai-{80w}"]),
  (
    "slack-token",
    [
      "xoxb-{10-13d}-{10-13d}-{18-34n}", "xoxb-{8-14d}-{18-34n}", "xoxp-{10-13d}-{10-13d}-{10-13d}-{28-34n}",
      "xapp-{1d}-{8-14A}-{10-14d}-{64h}", "xoxe-{1d}-{146n}", "xoxe.xoxp-{1d}-{163-166n}",
      "xoxe.xoxb-{1d}-{163-166n}",
    ]
  ),
  ("slack-webhook", ["hooks.slack.com/services/{9-14A}/{9-14A}/{24n}"]),
  (
    "discord-webhook",
    ["discord.com/api/webhooks/{17-20d}/{60-72u}", "discordapp.com/api/webhooks/{17-20d}/{60-72u}"]
  ),
  ("telegram-bot-token", ["{8-10d}:AA{33u}"]),
  ("sendgrid-api-key", ["SG.{22u}.{43u}"]),
  ("twilio-api-key", ["SK{32h}"]),
  ("mailgun-key", ["key-{32h}"]),
  ("brevo-api-key", ["xkeysib-{64h}-{16n}"]),
  ("mailchimp-api-key", ["{32h}-us{1-2d}"]),
  ("typeform-token", ["tfp_{59.}"]),
  ("notion-token", ["ntn_{11d}{35n}"]),
  ("linear-api-key", ["lin_api_{40n}"]),
  ("readme-api-key", ["rdme_{70a}"]),
  ("figma-token", ["figd_{40u}"]),
  ("airtable-token", ["pat{14n}.{64h}"]),
  ("stripe-secret-key", ["sk_live_{24-247n}", "sk_test_{24-247n}", "rk_live_{24-247n}", "rk_test_{24-247n}"]),
  ("webhook-signing-secret", ["whsec_{32-88b}", "whsec_{32-88b}=", "whsec_{32-88b}=="]),
  ("shopify-token", ["shpat_{32x}", "shpca_{32x}", "shppa_{32x}", "shpss_{32x}"]),
  ("square-token", ["EAAA{60u}", "sq0atp-{22u}", "sq0csp-{43u}"]),
  ("braintree-access-token", ["access_token$production${16a}${32h}"]),
  ("easypost-api-key", ["EZAK{54n}", "EZTK{54n}"]),
  ("shippo-token", ["shippo_live_{40x}", "shippo_test_{40x}"]),
  ("vault-token", ["hvs.{24-300u}", "hvb.{138-1000u}", "hvr.{24-300u}"]),
  ("terraform-cloud-token", ["{14n}.atlasv1.{60-70u}"]),
  ("grafana-service-account-token", ["glsa_{32n}_{8h}"]),
  ("new-relic-key", ["NRAK-{27A}", "NRII-{32u}"]),
  ("dynatrace-token", ["dt0c01.{243}.{643}", "dt0s16.{83}.{643}"]),
  ("sentry-user-token", ["sntryu_{64h}"]),
  (
    "sentry-organization-token",
    ["sntrys_eyJ{50-400b}_{43b}", "sntrys_eyJ{50-400b}=_{43b}", "sntrys_eyJ{50-400b}==_{43b}"]
  ),
  ("postman-api-key", ["PMAK-{24h}-{34h}"]),
  ("pulumi-token", ["pul-{40h}"]),
  ("prefect-api-key", ["pnu_{36n}"]),
  (
    "doppler-token",
    [
      "dp.pt.{40-44n}", "dp.sa.{40-44n}", "dp.ct.{40-44n}", "dp.st.{40-44n}", "dp.st.{2-35u}.{40-44n}",
      "dp.scim.{40-44n}",
    ]
  ),
  ("onepassword-secret-key", ["A3-{6A}-{6A}-{5A}-{5A}-{5A}-{5A}", "A3-{6A}-{11A}-{5A}-{5A}-{5A}"]),
  (
    "onepassword-service-account-token", ["ops_eyJ{250-2000b}", "ops_eyJ{250-2000b}=", "ops_eyJ{250-2000b}=="]
  ),
  (
    "tailscale-key",
    ["tskey-auth-{8-20n}-{20-40n}", "tskey-api-{8-20n}-{20-40n}", "tskey-client-{8-20n}-{20-40n}"]
  ),
  ("harness-token", ["pat.{22u}.{24n}.{20n}", "sat.{22u}.{24n}.{20n}"]),
  ("infracost-api-key", ["ico-{32n}"]),
  ("octopus-api-key", ["API-{26A}"]),
]

/// Shapes that `ShapesStructureTests` makes by hand.
let shapesMadeByHand = [
  "aws-access-key-id", "aws-secret-access-key", "discord-bot-token", "jwt", "private-key", "age-secret-key",
  "wireguard-key", "card-number", "iban",
]
