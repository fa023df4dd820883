# operator: keeps runbooks running. Starts, cancels, retries, enables, disables, pauses, and reads the logs; edits nothing.
path "api/runbooks" {
  capabilities = ["read", "list"]
}
path "api/runbooks/+" {
  capabilities = ["read", "start"]
}
path "api/runbooks/+/start" {
  capabilities = ["start"]
}
path "api/runbooks/+/enable" {
  capabilities = ["update"]
}
path "api/runbooks/+/disable" {
  capabilities = ["update"]
}
path "api/runbooks/+/pause" {
  capabilities = ["update"]
}
path "api/runbooks/+/resume" {
  capabilities = ["update"]
}
# Which variables are kept between runs, without their values, and the end of one.
path "api/runbooks/+/kept" {
  capabilities = ["read"]
}
path "api/runbooks/+/kept/+" {
  capabilities = ["delete"]
}
path "api/integrations" {
  capabilities = ["read", "list"]
}
path "api/runs" {
  capabilities = ["read", "list"]
}
path "api/runs/*" {
  capabilities = ["read", "update", "list"]
}
path "api/metrics" {
  capabilities = ["read"]
}

# Named keys: sees them, their uses and their public halves.
path "api/keys" {
  capabilities = ["list"]
}
path "api/keys/+" {
  capabilities = ["read"]
}

# The description of the HTTP interface, for whoever calls it.
path "api/openapi.json" {
  capabilities = ["read"]
}

# What every token may do with itself.
path "v1/auth/token/lookup-self" {
  capabilities = ["read"]
}
path "v1/auth/token/renew-self" {
  capabilities = ["update"]
}
path "v1/auth/token/revoke-self" {
  capabilities = ["update"]
}
path "v1/sys/capabilities-self" {
  capabilities = ["update"]
}

# How signatures of senders are checked: nothing in it is secret.
path "api/schemes" {
  capabilities = ["read", "list"]
}
path "api/schemes/*" {
  capabilities = ["read"]
}

# What failed runs asked for, what became of it, and figures.
path "api/runbooks/+/stats" {
  capabilities = ["read"]
}
path "api/methods/*" {
  capabilities = ["read"]
}
path "api/outbox" {
  capabilities = ["read"]
}
path "api/outbox/+/retry" {
  capabilities = ["update"]
}

# What its own login was told.
path "api/notifications" {
  capabilities = ["read"]
}
path "api/notifications/read" {
  capabilities = ["update"]
}

# Mails of failed runs.
path "api/templates" {
  capabilities = ["read", "list"]
}
path "api/templates/*" {
  capabilities = ["read"]
}

# Databases that runbooks send statements to; without their passwords.
path "api/data_sources" {
  capabilities = ["read", "list"]
}
path "api/data_sources/*" {
  capabilities = ["read"]
}
path "api/mail" {
  capabilities = ["read"]
}
path "api/mail/test" {
  capabilities = ["update"]
}

# Agreeing to requests of runs, never of one's own.
path "api/approvals/*" {
  capabilities = ["read", "update"]
}
