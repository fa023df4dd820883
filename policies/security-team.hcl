# security-team: keeps the secrets. Writes them, says which hosts they may be sent to, has one shown where it must be,
# and lets runbooks use them. Edits no runbook: who decides where a secret may go does not also decide what is done
# with it.
path "v1/kv/data/*" {
  capabilities = ["create", "read", "update", "delete", "patch", "reveal"]
}
path "v1/kv/metadata/*" {
  capabilities = ["create", "read", "update", "delete", "list", "patch"]
}

# Grants are bound to what a runbook does now, so granting means reading it first.
path "api/runbooks" {
  capabilities = ["read", "list"]
}
path "api/runbooks/+" {
  capabilities = ["read", "grant"]
}
path "api/runbooks/+/grants" {
  capabilities = ["read", "list", "grant"]
}
path "api/integrations" {
  capabilities = ["read", "list"]
}
path "api/integrations/*" {
  capabilities = ["read"]
}

# What was done with them.
path "api/runs" {
  capabilities = ["read", "list"]
}
path "api/runs/*" {
  capabilities = ["read", "list", "reveal"]
}

# Requests to have a value shown where a policy wants two persons (second_person = true in the block with reveal).
path "api/reveals" {
  capabilities = ["read"]
}
path "api/reveals/*" {
  capabilities = ["update"]
}
path "api/ledger" {
  capabilities = ["read", "list"]
}
path "api/ledger/*" {
  capabilities = ["read", "list"]
}
path "v1/sys/policies/acl" {
  capabilities = ["list"]
}
path "v1/sys/policies/acl/*" {
  capabilities = ["read"]
}

# Named keys: makes, rotates, trims and deletes them, and says who may use them; uses none.
path "api/keys" {
  capabilities = ["list"]
}
path "api/keys/+" {
  capabilities = ["create", "read", "delete"]
}
path "api/keys/+/rotate" {
  capabilities = ["update"]
}
path "api/keys/+/config" {
  capabilities = ["update"]
}
path "api/keys/+/trim" {
  capabilities = ["update"]
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

# What its own login was told.
path "api/notifications" {
  capabilities = ["read"]
}
path "api/notifications/read" {
  capabilities = ["update"]
}

# Agreeing to requests of runs, never of one's own.
path "api/approvals/*" {
  capabilities = ["read", "update"]
}
