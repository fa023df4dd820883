/// Payments and invoices.
enum PaymentSchemes {
  static let text = #"""
    # The same header holds the time and the signatures; v0 is a scheme of test events and passed over.
    stripe:
      about:
        title: Stripe
        page: https://docs.stripe.com/webhooks
        key: the whole signing secret as text, whsec_ included (it is not base64 here)
        notes:
          - Only v1 counts. Who reads v0 as well accepts what its author did not sign for production.
      signature: {in: header, name: Stripe-Signature, split: ",", tag: "v1=", encoding: hex}
      algorithm: hmac-sha256
      key: {encoding: utf8}
      values: {t: {in: header, name: Stripe-Signature, split: ",", tag: "t="}}
      message: "{t}.{body}"
      timestamp: {value: t, format: unix, past: 300, future: 300}
      replay: {in: json, name: /id}

    # The window is five seconds each way: a clock that is off by more refuses everything.
    paddle:
      about:
        title: Paddle Billing
        page: https://developer.paddle.com/webhooks/signature-verification
        key: the secret key of the notification destination, as text
        notes:
          - The window is five seconds; keep this machine's clock right.
      signature: {in: header, name: Paddle-Signature, split: ";", tag: "h1=", encoding: hex}
      algorithm: hmac-sha256
      key: {encoding: utf8}
      values: {t: {in: header, name: Paddle-Signature, split: ";", tag: "ts="}}
      message: "{t}:{body}"
      timestamp: {value: t, format: unix, past: 5, future: 5}
      replay: {in: json, name: /notification_id}

    # The address is signed, but nothing stands between it and the body.
    square:
      about:
        title: Square
        page: https://developer.squareup.com/docs/webhooks/step3validate
        key: the signature key of the subscription, as text
        notes:
          - The public URL must be written here exactly as it is entered at Square; it is part of what is signed.
      signature: {in: header, name: x-square-hmacsha256-signature, encoding: base64}
      algorithm: hmac-sha256
      key: {encoding: utf8}
      message: "{url}{body}"
      replay: {in: json, name: /event_id}

    # What is signed is a CRC-32 of the body: a checksum, for which another body is found in seconds.
    paypal:
      about:
        title: PayPal
        page: https://developer.paypal.com/api/rest/webhooks/rest/
        key: the certificate that the header PAYPAL-CERT-URL names, as PEM, with its address
        notes:
          - The id of the webhook is part of what is signed and has to be entered as the setting webhook_id.
          - Deliveries may be three days old, so each is remembered that long.
      signature: {in: header, name: PAYPAL-TRANSMISSION-SIG, encoding: base64}
      algorithm: rsa-pkcs1-sha256
      key: {encoding: x509-pem}
      values:
        id: {in: header, name: PAYPAL-TRANSMISSION-ID, pattern: '[0-9A-Za-z-]+'}
        t: {in: header, name: PAYPAL-TRANSMISSION-TIME}
        hook: {in: config, name: webhook_id, pattern: '[0-9A-Z]+'}
      message: "{id}|{t}|{hook}|{crc32(body)}"
      expect: [{in: header, name: PAYPAL-AUTH-ALGO, equals: SHA256withRSA}]
      timestamp: {value: t, format: rfc3339, past: 259200, future: 300}
      replay: {in: header, name: PAYPAL-TRANSMISSION-ID, pattern: '[0-9A-Za-z-]+'}
      key_url:
        in: header
        name: PAYPAL-CERT-URL
        pattern: 'https://api(\.sandbox)?\.paypal\.com/v1/notifications/certs/CERT-[0-9a-f-]+'

    gocardless:
      about:
        title: GoCardless
        page: https://developer.gocardless.com/getting-started/staying-up-to-date-with-webhooks/
        key: the secret of the endpoint, as text
        notes:
          - One request carries many events; no time is signed, so a delivery stays known until the keys change.
      signature: {in: header, name: Webhook-Signature, encoding: hex}
      algorithm: hmac-sha256
      key: {encoding: utf8}
      message: "{body}"

    razorpay:
      about:
        title: Razorpay
        page: https://razorpay.com/docs/webhooks/validate-test/
        key: the webhook's secret, as text (it is not the API key)
        notes:
          - The event id is in a header that is not signed; a delivery is recognised by its bytes.
      signature: {in: header, name: X-Razorpay-Signature, encoding: hex}
      algorithm: hmac-sha256
      key: {encoding: utf8}
      message: "{body}"
      replay: {in: header, name: x-razorpay-event-id}

    # Adyen's classic notifications sign inside the body and are another scheme; this is the one in the header.
    adyen-header:
      about:
        title: Adyen (signature in the header)
        page: https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures/
        key: the HMAC key as the customer area shows it, 64 hex digits
        notes:
          - The key is hex and must be decoded; as text it fits no signature.
      signature: {in: header, name: HmacSignature, encoding: base64}
      algorithm: hmac-sha256
      key: {encoding: hex}
      message: "{body}"

    """#
}
