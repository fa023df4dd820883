/// What is known of a secret from its format alone: the prefix of its issuer, the header of a signed token, the frame
/// of a key file. Many secrets share it, so it is no part of a fragment.
enum KnownFormats {
  /// The part of an unwrapped secret that its format does not say.
  static func body(of secret: [UInt8]) -> Range<Int> {
    let end = secret.lastIndex { $0 != 0x3D }.map { $0 + 1 } ?? secret.count  // without padding
    if let frame = keyFrame(secret) { return frame }
    var start = prefixes.first { $0.first == secret.first && secret.starts(with: $0) }?.count ?? 0
    // A signed token: its header says only the algorithm, as a rule.
    if secret[start...].starts(with: "eyJ".utf8), let dot = secret[start...].firstIndex(of: 0x2E) { start = dot + 1 }
    return start..<max(start, end)
  }

  /// The inside of `-----BEGIN …-----` and `-----END …-----`, without a first line of it: there ASN.1 stands, which is
  /// the same for all keys of a kind.
  private static func keyFrame(_ secret: [UInt8]) -> Range<Int>? {
    guard secret.starts(with: "-----BEGIN ".utf8),
      let head = secret.dropFirst(11).firstRange(of: Array("-----".utf8))
    else { return nil }
    let tail = secret[head.upperBound...].firstRange(of: Array("-----END ".utf8))?.lowerBound ?? secret.count
    let end = secret[..<tail].lastIndex { $0 != 0x3D }.map { $0 + 1 } ?? tail
    let start = min(head.upperBound + 64, end)
    return start..<end
  }

  /// Longer before shorter where one begins with the other.
  private static let prefixes: [[UInt8]] = [
    // Code hosts and registries
    "github_pat_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "glpat-", "gldt-", "glrt-", "glptt-", "glcbt-", "gloas-",
    "npm_", "pypi-AgEIcHlwaS5vcmc", "dckr_pat_", "dckr_oat_", "rubygems_", "ATATT3xFfGF0", "ATBB", "PMAK-", "sgp_",
    // Clouds and hosts
    "AKIA", "ASIA", "AIza", "ya29.", "GOCSPX-", "dop_v1_", "doo_v1_", "dor_v1_", "hvs.", "hvb.", "hvr.", "nfp_", "rnd_",
    "fo1_", "FlyV1 ", "tskey-auth-", "tskey-api-", "tskey-client-", "cfut_", "cfat_", "LTAI",
    // Payments and shops
    "sk_live_", "sk_test_", "rk_live_", "rk_test_", "pk_live_", "pk_test_", "whsec_", "shpat_", "shpss_", "shpca_",
    "shppa_", "sq0atp-", "sq0csp-", "EAAA",
    // Messages and mail
    "xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-", "xapp-1-", "SG.", "key-", "xkeysib-", "re_",
    // Models
    "sk-ant-api03-", "sk-ant-admin01-", "sk-ant-", "sk-proj-", "sk-svcacct-", "sk-or-v1-", "sk-", "hf_", "gsk_", "xai-",
    "pplx-", "r8_",
    // Monitoring and others
    "glsa_", "glc_", "sntrys_", "sntryu_", "NRAK-", "dapi", "lin_api_", "ntn_", "secret_", "pat-", "phc_", "phx_",
    "AGE-SECRET-KEY-1", "Bearer ", "Basic ",
  ].map { Array($0.utf8) }
}
