# administrator: runs the installation. Seals it, rotates keys, writes policies, makes tokens.
# Reads no secret and starts no runbook. Who can write policies can give himself more: that is an entry in the ledger.
path "v1/sys/*" {
  capabilities = ["create", "read", "update", "delete", "list", "patch", "sudo"]
}
path "v1/auth/*" {
  capabilities = ["create", "read", "update", "delete", "list", "patch", "sudo"]
}

# Evidence: entries, proofs, signed heads.
path "api/ledger" {
  capabilities = ["read", "list"]
}
path "api/ledger/*" {
  capabilities = ["read", "list"]
}

# What is there and whether it is well, not what it does.
path "api/runbooks" {
  capabilities = ["read", "list"]
}
path "api/integrations" {
  capabilities = ["read", "list"]
}
path "api/runs" {
  capabilities = ["read", "list"]
}
path "api/metrics" {
  capabilities = ["read"]
}

# May be the second person where a value is to be shown: sees who asks for what and why, and never the value.
path "api/reveals" {
  capabilities = ["read"]
}
path "api/reveals/*" {
  capabilities = ["update"]
}

# The description of the HTTP interface, for whoever calls it.
path "api/openapi.json" {
  capabilities = ["read"]
}

# How signatures of senders are checked: nothing in it is secret.
path "api/schemes" {
  capabilities = ["read", "list"]
}
path "api/schemes/*" {
  capabilities = ["read"]
}

# What its own login was told.
path "api/notifications" {
  capabilities = ["read"]
}
path "api/notifications/read" {
  capabilities = ["update"]
}

# Mails of failed runs.
path "api/mail" {
  capabilities = ["read", "update", "delete"]
}
path "api/mail/test" {
  capabilities = ["update"]
}
