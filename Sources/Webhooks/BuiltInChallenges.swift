/// The handshakes of providers, in the same language that administrators write (docs/spec/handshakes.md).
enum BuiltInChallenges {
  static let text = #"""
    # The guide's "respond with a challenge token": whatever of the usual places holds it.
    challenge-token:
      forms:
        - method: GET
          token: {in: query, name: challenge, pattern: "[A-Za-z0-9_-]{1,128}"}
          answer: {text: "{token}"}
        - method: POST
          token: {in: query, name: challenge, pattern: "[A-Za-z0-9_-]{1,128}"}
          answer: {text: "{token}"}
        - method: POST
          token: {in: json, name: /challenge, pattern: "[A-Za-z0-9_-]{1,128}"}
          answer: {json: {challenge: "{token}"}}

    slack:
      schemes: [slack]
      method: POST
      signed: true
      when: [{in: json, name: /type, equals: url_verification}]
      token: {in: json, name: /challenge, pattern: "[A-Za-z0-9_-]{1,128}"}
      answer: {text: "{token}"}

    microsoft-graph:
      method: POST
      token: {in: query, name: validationToken, pattern: "[A-Za-z0-9 :+/=._-]{1,256}"}
      answer: {text: "{token}"}

    # Facebook, Instagram, WhatsApp.
    meta:
      method: GET
      expect:
        - {in: query, name: hub.mode, equals: subscribe}
        - {in: query, name: hub.verify_token, pattern: "[ -~]+", equals: "{verify_token}"}
      token: {in: query, name: hub.challenge, pattern: "[A-Za-z0-9_-]{1,128}"}
      answer: {text: "{token}"}

    dropbox:
      method: GET
      token: {in: query, name: challenge, pattern: "[A-Za-z0-9_-]{1,128}"}
      answer: {text: "{token}"}

    # Signed, so answered only to who holds the secret token already.
    zoom:
      schemes: [zoom]
      method: POST
      signed: true
      when: [{in: json, name: /event, equals: endpoint.url_validation}]
      token: {in: json, name: /payload/plainToken, pattern: "[A-Za-z0-9_-]{1,128}"}
      mac: {hash: sha256, encoding: hex}
      answer: {json: {plainToken: "{token}", encryptedToken: "{mac}"}}

    # Not signed: anybody can ask. What this can be made to sign is no event (signed-by-challenge).
    x-twitter:
      schemes: [x-twitter]
      method: GET
      token: {in: query, name: crc_token, pattern: "[A-Za-z0-9+/=_-]{1,128}"}
      mac: {hash: sha256, encoding: base64}
      answer: {json: {response_token: "sha256={mac}"}}

    okta:
      method: GET
      token: {in: header, name: X-Okta-Verification-Challenge, pattern: "[A-Za-z0-9_-]{1,128}"}
      answer: {json: {verification: "{token}"}}

    # The header with the type of message is not signed; the body is. An event has no challenge.
    twitch:
      schemes: [twitch]
      method: POST
      signed: true
      when: [{in: json, name: /challenge}]
      expect: [{in: header, name: Twitch-Eventsub-Message-Type, equals: webhook_callback_verification}]
      token: {in: json, name: /challenge, pattern: "[A-Za-z0-9_-]{1,128}"}
      answer: {text: "{token}"}

    azure-event-grid:
      forms:
        - method: POST
          when: [{in: json, name: /0/eventType, equals: Microsoft.EventGrid.SubscriptionValidationEvent}]
          token: {in: json, name: /0/data/validationCode, pattern: "[A-Za-z0-9-]{1,128}"}
          answer: {json: {validationResponse: "{token}"}}
        - method: OPTIONS
          expect: [{in: header, name: WebHook-Request-Origin, equals: eventgrid.azure.net}]
          answer:
            headers: {Allow: POST, WebHook-Allowed-Origin: eventgrid.azure.net, WebHook-Allowed-Rate: "120"}

    # HTTP 1.1 Web Hooks for Event Delivery: the sender asks whether it may send here. The rate is per minute.
    cloudevents:
      settings: {allowed_origin: "[A-Za-z0-9.-]{1,255}"}
      method: OPTIONS
      expect: [{in: header, name: WebHook-Request-Origin, equals: "{allowed_origin}"}]
      answer:
        headers: {Allow: POST, WebHook-Allowed-Origin: "{allowed_origin}", WebHook-Allowed-Rate: "120"}

    # The secret comes once, in the clear, from whoever asks first: only while somebody waits for it.
    asana:
      schemes: [asana]
      method: POST
      token: {in: header, name: X-Hook-Secret, pattern: "[A-Za-z0-9+/=_-]{16,256}"}
      pin: true
      answer:
        headers: {X-Hook-Secret: "{token}"}

    monday:
      method: POST
      token: {in: json, name: /challenge, pattern: "[A-Za-z0-9_-]{1,128}"}
      answer: {json: {challenge: "{token}"}}

    # Requests with wrong signatures come too, and want 401.
    discord:
      schemes: [discord]
      method: POST
      signed: true
      when: [{in: json, name: /type, equals: "1"}]
      answer: {json: {type: 1}}

    # Anybody can have a topic there: without the topic's name, everybody's signed messages would be ours.
    aws-sns:
      schemes: [aws-sns-v1, aws-sns-v2]
      settings: {topic_arn: "arn:aws(-[a-z]+)*:sns:[a-z0-9-]{1,32}:[0-9]{12}:[A-Za-z0-9_.-]{1,256}"}
      every: [{in: json, name: /TopicArn, equals: "{topic_arn}"}]
      method: POST
      signed: true
      when: [{in: json, name: /Type, equals: SubscriptionConfirmation}]
      follow:
        in: json
        name: /SubscribeURL
        pattern: 'https://sns\.[a-z0-9-]{1,32}\.amazonaws\.com(\.cn)?/\?Action=ConfirmSubscription&[!-~]{1,700}'
      answer: {}

    # "Intent to receive": signed rightly and wrongly in turn; an event's sequence numbers begin at 1.
    xero:
      schemes: [xero]
      method: POST
      signed: true
      when:
        - {in: json, name: /firstEventSequence, equals: "0"}
        - {in: json, name: /lastEventSequence, equals: "0"}
      answer: {}

    nylas:
      method: GET
      token: {in: query, name: challenge, pattern: "[A-Za-z0-9_-]{1,128}"}
      answer: {text: "{token}"}

    adobe-io:
      method: GET
      token: {in: query, name: challenge, pattern: "[A-Za-z0-9_-]{1,128}"}
      answer: {text: "{token}"}

    """#
}
