/// Cloud platforms and identity.
enum CloudSchemes {
  static let text = #"""
    # Version 1 of the signature rests on SHA-1. The version is expected, not read, so that nobody falls back to it.
    aws-sns-v2:
      about:
        title: Amazon SNS, signature version 2
        page: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
        key: the certificate that SigningCertURL names, as PEM, with its address
        notes:
          - The topic must have SignatureVersion 2; version 1 rests on SHA-1 and is refused.
          - Every customer of SNS is signed for by the same certificates. Restrict the topic by a condition on TopicArn.
      signature: {in: json, name: /Signature, encoding: base64}
      algorithm: rsa-pkcs1-sha256
      key: {encoding: x509-pem}
      values: {t: {in: json, name: /Timestamp}}
      message: "{sns(body)}"
      expect: [{in: json, name: /SignatureVersion, equals: "2"}]
      timestamp: {value: t, format: rfc3339, past: 3600, future: 300}
      replay: {in: json, name: /MessageId}
      key_url:
        in: json
        name: /SigningCertURL
        pattern: "https://sns\\.[a-z]{2}(-[a-z]+)+-[0-9]{1,2}\\.amazonaws\\.com(\\.cn)?/\
          SimpleNotificationService-[0-9a-f]{32}\\.pem"

    # Like Stripe, but the time is in milliseconds.
    workos:
      about:
        title: WorkOS
        page: https://workos.com/docs/events/data-syncing/webhooks
        key: the webhook's secret, as text
        notes:
          - The time is in milliseconds; read as seconds it would lie far in the future.
      signature: {in: header, name: WorkOS-Signature, split: ",", tag: "v1=", encoding: hex}
      algorithm: hmac-sha256
      key: {encoding: utf8}
      values: {t: {in: header, name: WorkOS-Signature, split: ",", tag: "t="}}
      message: "{t}.{body}"
      timestamp: {value: t, format: unix-ms, past: 180, future: 180}

    okta-token:
      about:
        title: Okta event hooks and Auth0 log streams
        page: https://developer.okta.com/docs/concepts/event-hooks/
        key: the whole value of the Authorization header, as text
        notes:
          - The header is the secret itself; who reads one request can write any other.
      signature: {in: header, name: Authorization, encoding: text}
      algorithm: token
      key: {encoding: utf8}

    """#
}
