/// Code hosting, issue trackers, incidents and bots.
enum DeveloperSchemes {
  static let text = #"""
    # The delivery id is not signed: it is kept for people, and a delivery is recognised by its bytes.
    github:
      about:
        title: GitHub
        page: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
        key: the secret of the webhook, as text
        notes:
          - No time is signed, so a delivery stays known until the endpoint's keys change.
          - The older header X-Hub-Signature holds SHA-1 and is not looked at.
      signature: {in: header, name: X-Hub-Signature-256, tag: "sha256=", encoding: hex}
      algorithm: hmac-sha256
      key: {encoding: utf8}
      message: "{body}"
      replay: {in: header, name: X-GitHub-Delivery}

    gitlab-signing:
      about:
        title: GitLab with a signing token
        page: https://docs.gitlab.com/user/project/integrations/webhooks/
        key: the signing token that begins with whsec_; what follows is base64
        notes:
          - This is Standard Webhooks; prefer it to gitlab-token, under which nothing is signed.
      signature: {in: header, name: webhook-signature, split: " ", tag: "v1,", encoding: base64}
      algorithm: hmac-sha256
      key: {strip: whsec_, encoding: base64}
      values:
        id: {in: header, name: webhook-id, pattern: '[!--/-~]+'}
        t: {in: header, name: webhook-timestamp}
      message: "{id}.{t}.{body}"
      timestamp: {value: t, format: unix, past: 300, future: 300}
      replay: {in: header, name: webhook-id}

    gitlab-token:
      about:
        title: GitLab with a secret token
        page: https://docs.gitlab.com/user/project/integrations/webhooks/
        key: the secret token, as text
        notes:
          - The header is the secret itself; who reads one request can write any other.
      signature: {in: header, name: X-Gitlab-Token, encoding: text}
      algorithm: token
      key: {encoding: utf8}
      replay: {in: header, name: X-Gitlab-Event-UUID}

    # X-Hub-Signature holds SHA-1 elsewhere; here its tag says SHA-256, and another tag refuses.
    atlassian:
      about:
        title: Atlassian (Jira and Bitbucket)
        page: https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/
        key: the secret of the webhook, as text
        notes:
          - No time is signed, so a delivery stays known until the endpoint's keys change.
      signature: {in: header, name: X-Hub-Signature, tag: "sha256=", encoding: hex}
      algorithm: hmac-sha256
      key: {encoding: utf8}
      message: "{body}"
      replay: {in: header, name: X-Atlassian-Webhook-Identifier}

    # The time that counts is in the body. The header Linear-Timestamp says the same and is not signed.
    linear:
      about:
        title: Linear
        page: https://linear.app/developers/webhooks
        key: the signing secret, as text
        notes:
          - The time is read from webhookTimestamp in the body, which is signed; the header of that name is not.
      signature: {in: header, name: Linear-Signature, encoding: hex}
      algorithm: hmac-sha256
      key: {encoding: utf8}
      values: {t: {in: json, name: /webhookTimestamp}}
      message: "{body}"
      timestamp: {value: t, format: unix-ms, past: 60, future: 60}
      replay: {in: header, name: Linear-Delivery}

    pagerduty:
      about:
        title: PagerDuty
        page: https://developer.pagerduty.com/docs/verifying-webhook-signatures
        key: the secret of the subscription, as text
        notes:
          - The header may hold several signatures while the secret is rotated; one that fits is enough.
      signature: {in: header, name: X-PagerDuty-Signature, split: ",", tag: "v1=", encoding: hex}
      algorithm: hmac-sha256
      key: {encoding: utf8}
      message: "{body}"
      replay: {in: json, name: /event/id}

    # Time and body touch: only the ten digits of the pattern say where the time ends.
    discord:
      about:
        title: Discord interactions
        page: https://discord.com/developers/docs/interactions/overview
        key: the application's public key, 64 hex digits
        notes:
          - Discord sends wrong signatures on purpose and disables an address that does not refuse them.
      signature: {in: header, name: X-Signature-Ed25519, encoding: hex}
      algorithm: ed25519
      key: {encoding: ed25519-hex}
      values: {t: {in: header, name: X-Signature-Timestamp, pattern: '[0-9]{10}'}}
      message: "{t}{body}"
      timestamp: {value: t, format: unix, past: 300, future: 300}
      replay: {in: json, name: /id}

    """#
}
