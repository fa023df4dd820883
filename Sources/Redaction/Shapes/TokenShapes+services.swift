// Formats of services for messages, payments and operations.
extension TokenShapes {
  static let messaging: [TokenShape] = [
    TokenShape(
      "slack-token", "Slack documentation, Tokens; gitleaks slack-bot-token, slack-user-token, slack-app-token",
      .parts([
        .text("xoxb-"), .run(10...13, .digits), .text("-"), .run(10...13, .digits), .text("-"),
        .run(18...34, .alphanumeric),
      ]),
      .parts([.text("xoxb-"), .run(8...14, .digits), .text("-"), .run(18...34, .alphanumeric)]),
      .parts([
        .text("xoxp-"), .run(10...13, .digits), .text("-"), .run(10...13, .digits), .text("-"), .run(10...13, .digits),
        .text("-"), .run(28...34, .alphanumeric),
      ]),
      .parts([
        .text("xapp-"), .exactly(1, .digits), .text("-"), .run(8...14, .upperBase36), .text("-"),
        .run(10...14, .digits), .text("-"), .exactly(64, .lowerHex),
      ]),
      .parts([.text("xoxe-"), .exactly(1, .digits), .text("-"), .exactly(146, .alphanumeric)]),
      .parts([.text("xoxe.xoxp-"), .exactly(1, .digits), .text("-"), .run(163...166, .alphanumeric)]),
      .parts([.text("xoxe.xoxb-"), .exactly(1, .digits), .text("-"), .run(163...166, .alphanumeric)])),
    TokenShape(
      "slack-webhook", "Slack documentation, Incoming webhooks",
      .parts([
        .text("hooks.slack.com/services/"), .run(9...14, .upperBase36), .text("/"), .run(9...14, .upperBase36),
        .text("/"), .exactly(24, .alphanumeric),
      ])),
    // The first part is the number of the account in base 64: so it begins with one of these.
    TokenShape(
      "discord-bot-token", "Discord documentation, Reference: authentication", check: .base64Number,
      before: .base64url,
      forms: ["MD", "MT", "Mj", "Mz", "ND", "NT", "Nj", "Nz", "OD", "OT"].map { head in
        .parts([
          .text(head), .run(21...25, .base64url), .text("."), .exactly(6, .base64url), .text("."),
          .run(27...40, .base64url),
        ])
      }),
    TokenShape(
      "discord-webhook", "Discord documentation, Webhook resource",
      .parts([.text("discord.com/api/webhooks/"), .run(17...20, .digits), .text("/"), .run(60...72, .base64url)]),
      .parts([.text("discordapp.com/api/webhooks/"), .run(17...20, .digits), .text("/"), .run(60...72, .base64url)])),
    TokenShape(
      "telegram-bot-token", "Telegram documentation, Bot API: authorizing; gitleaks telegram-bot-api-token",
      .parts([.run(8...10, .digits), .text(":AA"), .exactly(33, .base64url)])),
    TokenShape(
      "sendgrid-api-key", "SendGrid documentation, API keys: 69 characters in three parts",
      .parts([.text("SG."), .exactly(22, .base64url), .text("."), .exactly(43, .base64url)])),
    TokenShape("twilio-api-key", "gitleaks twilio-api-key", .parts([.text("SK"), .exactly(32, .lowerHex)])),
    TokenShape("mailgun-key", "gitleaks mailgun-private-api-token", .parts([.text("key-"), .exactly(32, .lowerHex)])),
    TokenShape(
      "brevo-api-key", "gitleaks sendinblue-api-token",
      .parts([.text("xkeysib-"), .exactly(64, .lowerHex), .text("-"), .exactly(16, .alphanumeric)])),
    TokenShape(
      "mailchimp-api-key", "gitleaks mailchimp-api-key",
      .parts([.exactly(32, .lowerHex), .text("-us"), .run(1...2, .digits)])),
    TokenShape("typeform-token", "gitleaks typeform-api-token", .parts([.text("tfp_"), .exactly(59, .dotted)])),
    TokenShape(
      "notion-token", "gitleaks notion-api-token",
      .parts([.text("ntn_"), .exactly(11, .digits), .exactly(35, .alphanumeric)])),
    TokenShape("linear-api-key", "gitleaks linear-api-key", .parts([.text("lin_api_"), .exactly(40, .alphanumeric)])),
    TokenShape("readme-api-key", "gitleaks readme-api-token", .parts([.text("rdme_"), .exactly(70, .lowerBase36)])),
    TokenShape("figma-token", "trufflehog figma detector", .parts([.text("figd_"), .exactly(40, .base64url)])),
    TokenShape(
      "airtable-token", "gitleaks airtable-personnal-access-token",
      .parts([.text("pat"), .exactly(14, .alphanumeric), .text("."), .exactly(64, .lowerHex)])),
  ]

  static let payments: [TokenShape] = [
    TokenShape(
      "stripe-secret-key", "Stripe documentation, API keys; gitleaks stripe-access-token",
      .parts([.text("sk_live_"), .run(24...247, .alphanumeric)]),
      .parts([.text("sk_test_"), .run(24...247, .alphanumeric)]),
      .parts([.text("rk_live_"), .run(24...247, .alphanumeric)]),
      .parts([.text("rk_test_"), .run(24...247, .alphanumeric)])),
    TokenShape(
      "webhook-signing-secret", "Stripe documentation, Webhooks; Standard Webhooks, signing: base 64 behind whsec_",
      .parts([.text("whsec_"), .run(32...88, .base64)]), .parts([.text("whsec_"), .run(32...88, .base64), .text("=")]),
      .parts([.text("whsec_"), .run(32...88, .base64), .text("==")])),
    TokenShape(
      "shopify-token", "Shopify changelog 2020, Length of the shared secret and access tokens; prefixes",
      .parts([.text("shpat_"), .exactly(32, .hex)]), .parts([.text("shpca_"), .exactly(32, .hex)]),
      .parts([.text("shppa_"), .exactly(32, .hex)]), .parts([.text("shpss_"), .exactly(32, .hex)])),
    TokenShape(
      "square-token", "gitleaks square-access-token; Square documentation, Access tokens",
      .parts([.text("EAAA"), .exactly(60, .base64url)]), .parts([.text("sq0atp-"), .exactly(22, .base64url)]),
      .parts([.text("sq0csp-"), .exactly(43, .base64url)])),
    TokenShape(
      "braintree-access-token", "truffleHogRegexes, PayPal Braintree Access Token",
      .parts([
        .text("access_token$production$"), .exactly(16, .lowerBase36), .text("$"), .exactly(32, .lowerHex),
      ])),
    TokenShape(
      "easypost-api-key", "gitleaks easypost-api-token", .parts([.text("EZAK"), .exactly(54, .alphanumeric)]),
      .parts([.text("EZTK"), .exactly(54, .alphanumeric)])),
    TokenShape(
      "shippo-token", "gitleaks shippo-api-token",
      .parts([.text("shippo_live_"), .exactly(40, .hex)]), .parts([.text("shippo_test_"), .exactly(40, .hex)])),
  ]

  static let operations: [TokenShape] = [
    TokenShape(
      "vault-token", "Vault documentation, Tokens: prefixes of 1.10; gitleaks vault-service-token", before: .base64url,
      .parts([.text("hvs."), .run(24...300, .base64url)]), .parts([.text("hvb."), .run(138...1000, .base64url)]),
      .parts([.text("hvr."), .run(24...300, .base64url)])),
    TokenShape(
      "terraform-cloud-token", "gitleaks hashicorp-tf-api-token",
      .parts([.exactly(14, .alphanumeric), .text(".atlasv1."), .run(60...70, .base64url)])),
    // The checksum's four bytes are written least byte first.
    TokenShape(
      "grafana-service-account-token", "grafana pkg/components/satokengen/tokengen.go", check: .trailingHexChecksum,
      .parts([.text("glsa_"), .exactly(32, .alphanumeric), .text("_"), .exactly(8, .lowerHex)])),
    TokenShape(
      "new-relic-key", "New Relic documentation, API keys; gitleaks new-relic-user-api-key",
      .parts([.text("NRAK-"), .exactly(27, .upperBase36)]), .parts([.text("NRII-"), .exactly(32, .base64url)])),
    TokenShape(
      "dynatrace-token", "Dynatrace documentation, Access tokens: dt0c01, 24 and 64 characters",
      .parts([.text("dt0c01."), .exactly(24, .base32), .text("."), .exactly(64, .base32)]),
      .parts([.text("dt0s16."), .exactly(8, .base32), .text("."), .exactly(64, .base32)])),
    TokenShape("sentry-user-token", "gitleaks sentry-user-token", .parts([.text("sntryu_"), .exactly(64, .lowerHex)])),
    TokenShape(
      "sentry-organization-token", "Sentry RFC 0091: base 64 of JSON, then 43 characters", before: .base64url,
      .parts([.text("sntrys_eyJ"), .run(50...400, .base64), .text("_"), .exactly(43, .base64)]),
      .parts([.text("sntrys_eyJ"), .run(50...400, .base64), .text("=_"), .exactly(43, .base64)]),
      .parts([.text("sntrys_eyJ"), .run(50...400, .base64), .text("==_"), .exactly(43, .base64)])),
    TokenShape(
      "postman-api-key", "gitleaks postman-api-token",
      .parts([.text("PMAK-"), .exactly(24, .lowerHex), .text("-"), .exactly(34, .lowerHex)])),
    TokenShape("pulumi-token", "gitleaks pulumi-api-token", .parts([.text("pul-"), .exactly(40, .lowerHex)])),
    TokenShape("prefect-api-key", "gitleaks prefect-api-token", .parts([.text("pnu_"), .exactly(36, .alphanumeric)])),
    TokenShape(
      "doppler-token", "Doppler documentation, Auth token formats",
      .parts([.text("dp.pt."), .run(40...44, .alphanumeric)]), .parts([.text("dp.sa."), .run(40...44, .alphanumeric)]),
      .parts([.text("dp.ct."), .run(40...44, .alphanumeric)]),
      .parts([.text("dp.st."), .run(40...44, .alphanumeric)]),
      .parts([.text("dp.st."), .run(2...35, .base64url), .text("."), .run(40...44, .alphanumeric)]),
      .parts([.text("dp.scim."), .run(40...44, .alphanumeric)])),
    TokenShape(
      "onepassword-secret-key", "gitleaks 1password-secret-key; 1Password security design, Secret Key",
      .parts([
        .text("A3-"), .exactly(6, .upperBase36), .text("-"), .exactly(6, .upperBase36), .text("-"),
        .exactly(5, .upperBase36), .text("-"), .exactly(5, .upperBase36), .text("-"), .exactly(5, .upperBase36),
        .text("-"), .exactly(5, .upperBase36),
      ]),
      // As the white paper prints it.
      .parts([
        .text("A3-"), .exactly(6, .upperBase36), .text("-"), .exactly(11, .upperBase36), .text("-"),
        .exactly(5, .upperBase36), .text("-"), .exactly(5, .upperBase36), .text("-"), .exactly(5, .upperBase36),
      ])),
    TokenShape(
      "onepassword-service-account-token", "gitleaks 1password-service-account-token", before: .base64url,
      .parts([.text("ops_eyJ"), .run(250...2000, .base64)]),
      .parts([.text("ops_eyJ"), .run(250...2000, .base64), .text("=")]),
      .parts([.text("ops_eyJ"), .run(250...2000, .base64), .text("==")])),
    TokenShape(
      "tailscale-key", "Tailscale documentation, Key prefixes",
      .parts([.text("tskey-auth-"), .run(8...20, .alphanumeric), .text("-"), .run(20...40, .alphanumeric)]),
      .parts([.text("tskey-api-"), .run(8...20, .alphanumeric), .text("-"), .run(20...40, .alphanumeric)]),
      .parts([.text("tskey-client-"), .run(8...20, .alphanumeric), .text("-"), .run(20...40, .alphanumeric)])),
    TokenShape(
      "harness-token", "gitleaks harness-api-key",
      .parts([
        .text("pat."), .exactly(22, .base64url), .text("."), .exactly(24, .alphanumeric), .text("."),
        .exactly(20, .alphanumeric),
      ]),
      .parts([
        .text("sat."), .exactly(22, .base64url), .text("."), .exactly(24, .alphanumeric), .text("."),
        .exactly(20, .alphanumeric),
      ])),
    TokenShape(
      "infracost-api-key", "gitleaks infracost-api-token", .parts([.text("ico-"), .exactly(32, .alphanumeric)])),
    TokenShape(
      "octopus-api-key", "gitleaks octopus-deploy-api-key", .parts([.text("API-"), .exactly(26, .upperBase36)])),
  ]
}
