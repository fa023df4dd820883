/// Shops, customers, documents and accounts.
enum BusinessSchemes {
  static let text = #"""
    shopify:
      about:
        title: Shopify
        page: https://shopify.dev/docs/apps/build/webhooks/subscribe/https
        key: the app's client secret, as text
        notes:
          - All webhooks of an app share one key; the topic and the shop stand in headers that are not signed.
      signature: {in: header, name: X-Shopify-Hmac-Sha256, encoding: base64}
      algorithm: hmac-sha256
      key: {encoding: utf8}
      message: "{body}"
      replay: {in: header, name: X-Shopify-Webhook-Id}

    # Time and body touch; the pattern and the form of the time say where it ends.
    zendesk:
      about:
        title: Zendesk
        page: https://developer.zendesk.com/documentation/webhooks/verifying/
        key: the signing secret of the webhook, as text
        notes:
          - The test button signs with a fixed public secret; do not configure that one.
      signature: {in: header, name: X-Zendesk-Webhook-Signature, encoding: base64}
      algorithm: hmac-sha256
      key: {encoding: utf8}
      values: {t: {in: header, name: X-Zendesk-Webhook-Signature-Timestamp, pattern: '[0-9T:.Z-]{20,24}'}}
      message: "{t}{body}"
      timestamp: {value: t, format: rfc3339, past: 300, future: 300}
      replay: {in: header, name: X-Zendesk-Webhook-Invocation-Id}

    intercom:
      about:
        title: Intercom
        page: https://developers.intercom.com/docs/webhooks
        key: the app's client secret, as text
        notes:
          - The sender offers HMAC-SHA-1 only. No attack on HMAC-SHA-1 is known; new senders should not use it.
      signature: {in: header, name: X-Hub-Signature, tag: "sha1=", encoding: hex}
      algorithm: hmac-sha1
      key: {encoding: utf8}
      message: "{body}"
      replay: {in: json, name: /id}

    # Twelve escapes of the address are decoded before it is signed, and no other.
    hubspot-v3:
      about:
        title: HubSpot, version 3
        page: https://developers.hubspot.com/docs/api/webhooks/validating-requests
        key: the app's client secret, as text
        notes:
          - Method and address are signed; the public URL must be the one that is entered at HubSpot.
          - Nothing separates the address from the body; the thirteen digits of the time end the text.
      signature: {in: header, name: X-HubSpot-Signature-v3, encoding: base64}
      algorithm: hmac-sha256
      key: {encoding: utf8}
      values: {t: {in: header, name: X-HubSpot-Request-Timestamp, pattern: '[0-9]{13}'}}
      message: "{method}{hubspot(url)}{body}{t}"
      timestamp: {value: t, format: unix-ms, past: 300, future: 300}

    # The intent to receive is tested with wrong signatures, which must get 401.
    xero:
      about:
        title: Xero
        page: https://developer.xero.com/documentation/guides/webhooks/configuring-your-server/
        key: the webhook key, as text
        notes:
          - The key looks like base64 and is used as text; decoded it fits no signature.
      signature: {in: header, name: x-xero-signature, encoding: base64}
      algorithm: hmac-sha256
      key: {encoding: utf8}
      message: "{body}"

    # One header for each key that is configured at the sender, up to a hundred.
    docusign:
      about:
        title: DocuSign Connect
        page: https://developers.docusign.com/platform/webhooks/connect/hmac/
        key: the Connect key, as text
        notes:
          - Every key of the account signs, each in a header of its own; one that fits is enough.
      signature: {in: header-family, name: X-DocuSign-Signature-, encoding: base64, max: 100}
      algorithm: hmac-sha256
      key: {encoding: utf8}
      message: "{body}"

    # Body and time touch; the time stands last, so that its form says where the body ends.
    box-primary:
      about:
        title: Box, primary signature
        page: https://developer.box.com/guides/webhooks/v2/signatures-v2/
        key: the primary signature key, as text
        notes:
          - Box signs with two keys. While the primary one is replaced, the scheme box-secondary goes on.
      signature: {in: header, name: BOX-SIGNATURE-PRIMARY, encoding: base64}
      algorithm: hmac-sha256
      key: {encoding: utf8}
      values:
        t:
          in: header
          name: BOX-DELIVERY-TIMESTAMP
          pattern: '[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})'
      message: "{body}{t}"
      expect:
        - {in: header, name: BOX-SIGNATURE-VERSION, equals: "1"}
        - {in: header, name: BOX-SIGNATURE-ALGORITHM, equals: HmacSHA256}
      timestamp: {value: t, format: rfc3339, past: 600, future: 60}
      replay: {in: header, name: BOX-DELIVERY-ID}

    box-secondary:
      about:
        title: Box, secondary signature
        page: https://developer.box.com/guides/webhooks/v2/signatures-v2/
        key: the secondary signature key, as text
        notes:
          - The twin of box-primary, for the time in which the primary key is replaced.
      signature: {in: header, name: BOX-SIGNATURE-SECONDARY, encoding: base64}
      algorithm: hmac-sha256
      key: {encoding: utf8}
      values:
        t:
          in: header
          name: BOX-DELIVERY-TIMESTAMP
          pattern: '[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})'
      message: "{body}{t}"
      expect:
        - {in: header, name: BOX-SIGNATURE-VERSION, equals: "1"}
        - {in: header, name: BOX-SIGNATURE-ALGORITHM, equals: HmacSHA256}
      timestamp: {value: t, format: rfc3339, past: 600, future: 60}
      replay: {in: header, name: BOX-DELIVERY-ID}

    dropbox:
      about:
        title: Dropbox
        page: https://www.dropbox.com/developers/reference/webhooks
        key: the app secret, as text
        notes:
          - The body says only that something changed; equal notifications of one account have equal bytes.
      signature: {in: header, name: X-Dropbox-Signature, encoding: hex}
      algorithm: hmac-sha256
      key: {encoding: utf8}
      message: "{body}"

    """#
}
