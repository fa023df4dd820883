// Formats of clouds, of what runs there, and of makers of models.
extension TokenShapes {
  static let clouds: [TokenShape] = [
    TokenShape(
      "aws-access-key-id", "AWS IAM guide, Unique identifiers: prefixes; the account is in the base 32 that follows",
      check: .base32Account,
      .parts([.text("AKIA"), .exactly(16, .base32)]), .parts([.text("ASIA"), .exactly(16, .base32)]),
      .parts([.text("ABIA"), .exactly(16, .base32)]), .parts([.text("ACCA"), .exactly(16, .base32)])),
    // Forty characters of base 64 alone are also every SHA-1 in base 64 and more: only beside its name.
    TokenShape(
      "aws-secret-access-key", "AWS CLI guide, Configuration and credential files: names", check: .mixedCharacters,
      .keyed(word: "secret_access_key", anchor: 6, [.exactly(40, .base64)]),
      .keyed(word: "SECRET_ACCESS_KEY", anchor: 6, [.exactly(40, .base64)]),
      .keyed(word: "secretAccessKey", anchor: 6, [.exactly(40, .base64)]),
      .keyed(word: "SecretAccessKey", anchor: 6, [.exactly(40, .base64)]),
      .keyed(word: "secret-access-key", anchor: 6, [.exactly(40, .base64)]),
      .keyed(word: "aws_secret_key", anchor: 2, [.exactly(40, .base64)]),
      .keyed(word: "AWS_SECRET_KEY", anchor: 2, [.exactly(40, .base64)])),
    TokenShape(
      "aws-bedrock-api-key", "gitleaks aws-amazon-bedrock-api-key-long-lived",
      .parts([.text("ABSK"), .run(109...269, .base64), .text("=")]),
      .parts([.text("ABSK"), .run(109...269, .base64), .text("==")]),
      .parts([.text("ABSK"), .run(109...269, .base64)])),
    TokenShape("google-api-key", "gitleaks gcp-api-key", .parts([.text("AIza"), .exactly(35, .base64url)])),
    TokenShape(
      "google-oauth-access-token", "trufflehog google oauth2 detector", before: .base64url,
      .parts([.text("ya29."), .run(50...1024, .base64url)])),
    TokenShape(
      "google-oauth-client-secret", "rules of many scanners: GOCSPX- and 28 characters; Google describes none",
      .parts([.text("GOCSPX-"), .exactly(28, .base64url)])),
    TokenShape(
      "azure-client-secret", "Microsoft security utilities SEC101/156; gitleaks azure-ad-client-secret",
      before: .unreserved,
      .parts([.exactly(3, .unreserved), .exactly(1, .digits), .text("Q~"), .run(31...34, .unreserved)])),
    // 64 bytes in base 64.
    TokenShape(
      "azure-storage-key", "Azure Storage guide, Configure connection strings",
      .keyed(word: "AccountKey", anchor: 6, [.exactly(86, .base64), .text("==")])),
    TokenShape(
      "azure-devops-token", "Microsoft: 84 characters, AZDO at place 76",
      .parts([.exactly(76, .alphanumeric), .text("AZDO"), .exactly(4, .alphanumeric)])),
    TokenShape(
      "azure-search-key", "Microsoft security utilities SEC101/166 and 167: AzSe at place 42 of 52", before: .number,
      .parts([.exactly(42, .base64), .text("AzSe"), .exactly(6, .base64)])),
    TokenShape(
      "azure-function-key", "Microsoft security utilities SEC101/158: AzFu at place 44 of 56", before: .base64url,
      .parts([.exactly(44, .base64url), .text("AzFu"), .exactly(6, .base64url), .text("==")])),
    TokenShape(
      "alibaba-access-key-id", "gitleaks alibaba-access-key-id",
      .parts([.text("LTAI"), .exactly(20, .alphanumeric)])),
    TokenShape(
      "digitalocean-token", "DigitalOcean blog 2021, prefixes dop_v1_, doo_v1_, dor_v1_",
      .parts([.text("dop_v1_"), .exactly(64, .lowerHex)]), .parts([.text("doo_v1_"), .exactly(64, .lowerHex)]),
      .parts([.text("dor_v1_"), .exactly(64, .lowerHex)])),
    TokenShape("heroku-api-key", "gitleaks heroku-api-key-v2", .parts([.text("HRKU-AA"), .exactly(58, .base64url)])),
    TokenShape(
      "cloudflare-origin-ca-key", "gitleaks cloudflare-origin-ca-key",
      .parts([.text("v1.0-"), .exactly(24, .lowerHex), .text("-"), .exactly(146, .lowerHex)])),
    TokenShape(
      "databricks-token", "gitleaks databricks-api-token",
      .parts([.text("dapi"), .exactly(32, .lowerHex)]),
      .parts([.text("dapi"), .exactly(32, .lowerHex), .text("-"), .exactly(1, .digits)])),
    TokenShape(
      "planetscale-credential", "gitleaks planetscale-api-token, -oauth-token, -password",
      .parts([.text("pscale_tkn_"), .run(32...64, .dotted)]), .parts([.text("pscale_oauth_"), .run(32...64, .dotted)]),
      .parts([.text("pscale_pw_"), .run(32...64, .dotted)])),
    TokenShape(
      "supabase-token", "Supabase command line, internal/utils/access_token.go",
      .parts([.text("sbp_"), .exactly(40, .lowerHex)]), .parts([.text("sbp_oauth_"), .exactly(40, .lowerHex)])),
    TokenShape("scalingo-token", "gitleaks scalingo-api-token", .parts([.text("tk-us-"), .exactly(48, .base64url)])),
    TokenShape(
      "openshift-token", "gitleaks openshift-user-token", .parts([.text("sha256~"), .exactly(43, .base64url)])),
  ]

  static let models: [TokenShape] = [
    TokenShape(
      "openai-api-key", "gitleaks openai-api-key",
      .parts([.text("sk-"), .exactly(20, .alphanumeric), .text("T3BlbkFJ"), .exactly(20, .alphanumeric)]),
      .parts([.text("sk-proj-"), .exactly(74, .base64url), .text("T3BlbkFJ"), .exactly(74, .base64url)]),
      .parts([.text("sk-proj-"), .exactly(58, .base64url), .text("T3BlbkFJ"), .exactly(58, .base64url)]),
      .parts([.text("sk-svcacct-"), .exactly(74, .base64url), .text("T3BlbkFJ"), .exactly(74, .base64url)]),
      .parts([.text("sk-svcacct-"), .exactly(58, .base64url), .text("T3BlbkFJ"), .exactly(58, .base64url)]),
      .parts([.text("sk-admin-"), .exactly(74, .base64url), .text("T3BlbkFJ"), .exactly(74, .base64url)]),
      .parts([.text("sk-admin-"), .exactly(58, .base64url), .text("T3BlbkFJ"), .exactly(58, .base64url)])),
    TokenShape(
      "anthropic-api-key", "gitleaks anthropic-api-key, anthropic-admin-api-key",
      .parts([.text("sk-ant-api03-"), .exactly(93, .base64url), .text("AA")]),
      .parts([.text("sk-ant-admin01-"), .exactly(93, .base64url), .text("AA")]),
      .parts([.text("sk-ant-oat01-"), .exactly(93, .base64url), .text("AA")])),
    TokenShape(
      "huggingface-token", "gitleaks huggingface-access-token, -organization-api-token",
      .parts([.text("hf_"), .exactly(34, .letters)]), .parts([.text("api_org_"), .exactly(34, .letters)])),
    TokenShape(
      "perplexity-api-key", "gitleaks perplexity-api-key", .parts([.text("pplx-"), .exactly(48, .alphanumeric)])),
    TokenShape("groq-api-key", "trufflehog groq detector", .parts([.text("gsk_"), .exactly(52, .alphanumeric)])),
    TokenShape(
      "replicate-token", "trufflehog replicate detector", .parts([.text("r8_"), .exactly(37, .base64url)])),
    TokenShape("xai-api-key", "trufflehog xai detector", .parts([.text("xai-"), .exactly(80, .word)])),
  ]
}
