// Formats of hosts of source code and registries of packages. `source` says where a format is described; where its
// owner publishes none, the rule of a public scanner (gitleaks, its `config/gitleaks.toml`) that has been held against
// many real tokens.
extension TokenShapes {
  static let sourceHosts: [TokenShape] = [
    // Thirty random characters and six of checksum; which of the five letters says whose token it is.
    TokenShape(
      "github-token", "GitHub blog 2021-04-05, Behind GitHub's new authentication token formats",
      check: .base62Checksum,
      .parts([.text("ghp_"), .exactly(36, .alphanumeric)]), .parts([.text("gho_"), .exactly(36, .alphanumeric)]),
      .parts([.text("ghu_"), .exactly(36, .alphanumeric)]), .parts([.text("ghs_"), .exactly(36, .alphanumeric)]),
      .parts([.text("ghr_"), .exactly(36, .alphanumeric)])),
    TokenShape(
      "github-fine-grained-token", "gitleaks github-fine-grained-pat",
      .parts([.text("github_pat_"), .exactly(22, .alphanumeric), .text("_"), .exactly(59, .alphanumeric)])),
    TokenShape(
      "gitlab-token", "GitLab documentation, Token overview: prefixes; twenty characters",
      .parts([.text("glpat-"), .exactly(20, .base64url)]), .parts([.text("gldt-"), .exactly(20, .base64url)]),
      .parts([.text("glrt-"), .exactly(20, .base64url)]), .parts([.text("glft-"), .exactly(20, .base64url)]),
      .parts([.text("glsoat-"), .exactly(20, .base64url)]), .parts([.text("glffct-"), .exactly(20, .base64url)]),
      .parts([.text("glimt-"), .exactly(25, .base64url)]), .parts([.text("glagent-"), .exactly(50, .base64url)]),
      .parts([.text("gloas-"), .exactly(64, .hex)]), .parts([.text("glptt-"), .exactly(40, .lowerHex)])),
    TokenShape(
      "gitlab-job-token", "gitleaks gitlab-cicd-job-token",
      .parts([.text("glcbt-"), .run(1...5, .alphanumeric), .text("_"), .exactly(20, .base64url)])),
    TokenShape(
      "gitlab-routable-token", "gitlabhq lib/authn/token_field/generator/routable_token.rb",
      check: .routableChecksum,
      .parts([.text("glpat-"), .run(27...300, .base64url), .text(".01."), .exactly(9, .lowerBase36)]),
      .parts([.text("glrt-"), .run(27...300, .base64url), .text(".01."), .exactly(9, .lowerBase36)]),
      // Before the version was written.
      .parts([.text("glpat-"), .run(27...300, .base64url), .text("."), .exactly(9, .lowerBase36)]),
      .parts([.text("glrt-"), .run(27...300, .base64url), .text("."), .exactly(9, .lowerBase36)])),
    TokenShape(
      "gitlab-runner-registration-token", "gitleaks gitlab-rrt",
      .parts([.text("GR1348941"), .exactly(20, .base64url)])),
    TokenShape(
      "atlassian-api-token", "gitleaks atlassian-api-token; Atlassian: ends in = and eight hexadecimal digits",
      .parts([.text("ATATT3"), .run(150...250, .base64url), .text("="), .exactly(8, .upperHex)])),
    TokenShape(
      "bitbucket-app-password", "Bitbucket changelog CHANGE-1044; CredSweeper Bitbucket App Password",
      .parts([.text("ATBB"), .exactly(24, .alphanumeric), .exactly(8, .upperHex)])),
    TokenShape(
      "sourcegraph-access-token", "gitleaks sourcegraph-access-token",
      .parts([.text("sgp_"), .exactly(16, .lowerHex), .text("_"), .exactly(40, .lowerHex)]),
      .parts([.text("sgp_local_"), .exactly(40, .lowerHex)]), .parts([.text("sgp_"), .exactly(40, .lowerHex)])),
    TokenShape(
      "circleci-token", "trufflehog circleci detector",
      .parts([.text("CCIPAT_"), .run(20...24, .alphanumeric), .text("_"), .exactly(40, .lowerHex)]),
      .parts([.text("CCIPRJ_"), .run(20...24, .alphanumeric), .text("_"), .exactly(40, .lowerHex)])),
    TokenShape(
      "buildkite-token", "trufflehog buildkite detector, version 2",
      .parts([.text("bkua_"), .exactly(40, .lowerBase36)])),
    TokenShape(
      "sonarqube-token", "SonarQube documentation, Managing your tokens: prefixes squ_, sqp_, sqa_",
      .parts([.text("squ_"), .exactly(40, .lowerHex)]), .parts([.text("sqp_"), .exactly(40, .lowerHex)]),
      .parts([.text("sqa_"), .exactly(40, .lowerHex)]), .parts([.text("sqco_"), .exactly(59, .alphanumeric)])),
    TokenShape(
      "artifactory-api-key", "gitleaks artifactory-api-key",
      .parts([.text("AKCp"), .exactly(69, .alphanumeric)])),
    TokenShape(
      "artifactory-reference-token", "gitleaks artifactory-reference-token",
      .parts([.text("cmVmd"), .exactly(59, .alphanumeric)])),
  ]

  static let packageRegistries: [TokenShape] = [
    // As GitHub's.
    TokenShape(
      "npm-token", "GitHub changelog 2021-09-23, npm has a new access token format", check: .base62Checksum,
      .parts([.text("npm_"), .exactly(36, .alphanumeric)])),
    // A macaroon whose location is the registry's name.
    TokenShape(
      "pypi-token", "PyPI help, API tokens; pypitoken documentation", before: .base64url,
      .parts([.text("pypi-AgEIcHlwaS5vcmc"), .run(50...1000, .base64url)]),
      .parts([.text("pypi-AgENdGVzdC5weXBpLm9yZw"), .run(50...1000, .base64url)])),
    TokenShape(
      "rubygems-token", "gitleaks rubygems-api-token", .parts([.text("rubygems_"), .exactly(48, .lowerHex)])),
    TokenShape(
      "crates-token", "rust-lang/crates.io src/util/token.rs", .parts([.text("cio"), .exactly(32, .alphanumeric)])),
    TokenShape(
      "nuget-api-key", "Microsoft security utilities SEC101/031, less narrow", check: .none,
      .parts([.text("oy2"), .exactly(43, .lowerBase36)])),
    TokenShape(
      "docker-token", "trufflehog dockerhub detector, version 2",
      .parts([.text("dckr_pat_"), .exactly(27, .base64url)]), .parts([.text("dckr_oat_"), .run(27...32, .base64url)])),
    TokenShape(
      "clojars-token", "clojars-web src/clojars/db.clj, generate-deploy-token",
      .parts([.text("CLOJARS_"), .exactly(60, .lowerHex)])),
  ]
}
