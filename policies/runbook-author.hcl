# runbook-author: writes runbooks and integrations, enters credentials that nobody sees again, tries them out.
# Sees the names of secrets, never a value; asks the security team to grant them.
path "api/import" {
  capabilities = ["create", "update"]
}
path "api/runbooks" {
  capabilities = ["create", "read", "list"]
}
path "api/runbooks/*" {
  capabilities = ["create", "read", "update", "delete", "list", "patch", "start"]
}
path "api/integrations" {
  capabilities = ["create", "read", "list"]
}
path "api/integrations/*" {
  capabilities = ["create", "read", "update", "delete", "list", "patch"]
}
# Trying methods out, and their calls: answers are shown as a log would show them.
path "api/methods/*" {
  capabilities = ["read", "update"]
}
path "api/groups" {
  capabilities = ["read", "list"]
}
path "api/groups/*" {
  capabilities = ["create", "update", "delete"]
}
path "api/schemes" {
  capabilities = ["read", "list"]
}
path "api/schemes/*" {
  capabilities = ["read", "update", "delete"]
}
# Write-only: there is no answer that holds a value, so read is not given either.
path "api/variables" {
  capabilities = ["create", "list"]
}
path "api/variables/*" {
  capabilities = ["create", "update", "delete", "list"]
}

# Names of secrets and versions, to refer to them.
path "v1/kv/metadata" {
  capabilities = ["list"]
}
path "v1/kv/metadata/*" {
  capabilities = ["list"]
}

# Runs: follow, cancel, retry.
path "api/runs" {
  capabilities = ["read", "list"]
}
path "api/runs/*" {
  capabilities = ["read", "update", "list"]
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

# What failed runs asked for.
path "api/outbox" {
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
path "api/templates" {
  capabilities = ["read", "list"]
}
path "api/templates/*" {
  capabilities = ["read", "update", "delete"]
}

# Databases that runbooks send statements to; without their passwords.
path "api/data_sources" {
  capabilities = ["read", "list"]
}
path "api/data_sources/*" {
  capabilities = ["read", "update", "delete"]
}
