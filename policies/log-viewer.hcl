# log-viewer: reads what runs did, with every secret masked. Nothing else.
path "api/runbooks" {
  capabilities = ["read", "list"]
}
path "api/runs" {
  capabilities = ["read", "list"]
}
path "api/runs/*" {
  capabilities = ["read", "list"]
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

# Figures, and the calls of a method.
path "api/runbooks/+/stats" {
  capabilities = ["read"]
}
path "api/methods/*" {
  capabilities = ["read"]
}

# What its own login was told.
path "api/notifications" {
  capabilities = ["read"]
}
path "api/notifications/read" {
  capabilities = ["update"]
}
