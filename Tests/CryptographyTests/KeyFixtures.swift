/// Private keys made with the openssl command for these tests, and used nowhere else.
enum KeyFixtures {
  static let p256SEC1 = """
    -----BEGIN EC PRIVATE KEY-----
    MHcCAQEEIB72cp6jvQNdanzdOo6nZm6z0JVFJFfMXD09/wZb6Rz8oAoGCCqGSM49
    AwEHoUQDQgAE0pYq3ro/yPYhC+M6EZvmOmYHzEj6JbdKwF6+Y+pATVdxxJ/zIVmi
    xRYVUQYnN+uIK+UVLLRUT6QWlvqgN4BCDA==
    -----END EC PRIVATE KEY-----
    """
  static let p384PKCS8 = """
    -----BEGIN PRIVATE KEY-----
    MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDCYPPy4JZoDtKRLFXxO
    I4R8bulv2iuwHKv+dz5jEyTLIwOk3ErsHTgCLuVukFSjXXehZANiAASkkTz7ZtHd
    SvU1wXFmEA74XXWShS7hew+eima5HLsaAXQdYXr/wHRWzH+nBjRjElvgtyDjd60u
    bnF69Uv5/psPy9KHIfT86E/uTITyj2uvF5JiQm8ZsfSSlA1w4RxrcCE=
    -----END PRIVATE KEY-----
    """
  static let ed25519 = """
    -----BEGIN PRIVATE KEY-----
    MC4CAQAwBQYDK2VwBCIEIMvjl4k4yNHnmiOx9MG0hqnjGFFWEqlT7W71l3IkUBEb
    -----END PRIVATE KEY-----
    """
  static let rsaPKCS1 = """
    -----BEGIN RSA PRIVATE KEY-----
    MIIEowIBAAKCAQEA3/YKO+TF2SsUVu3xSTopXHS9+I+409DMzE4wYbEXQfKevXxI
    GQCHbDTnEleOa1lWHMsNxQZjVXP8BcqrAtEJ3K5h+7RiUutd8QSRG56mOXLshhlj
    A2pAXiOalwnbcD3DdO2dQ5I1BkV7TwNPCcaBCNJqWxXZZ1H3qvt8lvG3k86o8ojY
    TdnRMCvLJHJm+17O0unmkbxM4W52cMRON0oqalL2JBcUhbIlKUK78x23ze7v+HNc
    XO790hRg4yCpzQq2precKl2+UC2tqCGnddnar6dWcbncTeU/zR8CS4Qb5H6qQpoh
    7G6dozH3Orh1HqXsxFzVl2maShSB7oFEl5mWqQIDAQABAoIBAChoC5Cixc9YpmLI
    qy+6/ptftKaTx5TvpwN1V+VIPhn33Avz0E4yejxbjxUQFvHnPFIVkHZroKBaPK4O
    0qu/azgVfjgbY2HydRB28nc5OGRFB8dp7SNAmDxj0BBQBvdJLWp7NFRsnIR1JLos
    rqXk2oLs86NbXc32S+jdVq0lDynrWLD3aMF7Ih0fbJhNdLmO53Ip+ldpeUy9HdQB
    HO5D1rXzyq9K0afH2fix3kHzD7n7XI/LeCCQ0iaV9SQCBBciuoQGuQ2DNO6uHnLL
    igRY2WTOMGZhi98D4+t11GQh4PG1gNJqzVKZ0ekvv4F1AqA+c8BUr4rWbZ1o2UVW
    gGR8h8ECgYEA+uh84V47E1wi6YcLaKJP0g/dM6bm6AoMfsmZ1uAIyGO0Bvikevz9
    EY+EKp0u03rB33BK8QijTZJ0tjf08dzbjBx/J7/xf/nbxBCG87RufHh1vAUknEKX
    oJ1Icn6aLRwja6VHn8qpAkRUag7jYD4gEUf4ejE70HwG0mJ4VU2zhZ8CgYEA5IGO
    stisLICD/ovdL2MGptP+OaRtzPo7SWHn7zatAozNVwb0fAhUCu2qq+1JnbhvbzUw
    6Hh5s+YSxMfEqH9zuGxm7/5sMMlDbN0EbW+ah31aBV390YahvKVoZ79ElVSDuGF8
    xsc0A+wqnRSGW26HgMBz8srbKKOmp/cU72WtrrcCgYEAqvgaiDL+jD2fKIO12XGo
    dFoM/7I962VViFt1MX7tXSbbOFjbM1cKVpn1lFgQ3VfrnYZV+pJJPIWMc9IDXX+C
    NqIAXySiufKWtq4QVyXel4A5sYnLnZKe4XnrMOFly1E+LY6tFIwyx/Gpl69XbnBG
    x5/EB/dea7znpRomJvJQXr8CgYA8D7m8VKtcvyLyozyuGe9DpnEqIYgi2pr+vNdD
    zzFGfE/00gUtHNtKTBISQrqY1EOmDWsfj5sdqBnC02djiqyWCxg7eLpjUGOCl810
    HmOVvWMOChiPHD4i4a9BpcqXHbHJowYzEWUgqtDAnQZ7vd+r/en8JUnZsro5Z/5+
    tlEinQKBgAMxn4i411KXxs5Xi6XcmgCWy346v3Tznb6rwq1sNuq+V5DCzHvGQthv
    4op7/N7zyDf5yCikhwm79c5sEoUxeo/q8GHNB1/QipDLqgPHRAQqKJpRBX0/MnG2
    V5gOR3n3tdEWTvNR3SM96+vSrB40pk0Ay7MlfJyTn8xNVcKcXYvU
    -----END RSA PRIVATE KEY-----
    """
  static let encrypted = """
    -----BEGIN ENCRYPTED PRIVATE KEY-----
    MIIBHDBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQIhi7zj7dpHwACAggA
    MAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAEqBBAzxX7DsD9HSTl2vTD7/YUhBIHA
    2i8hTcuhh+Lm/BMBppVrbVkMYnb6Iking714mYcCu6nmYBAUPMZPK3Y66FkERYNc
    92zFLoGAQD+C9pSsI/G7v9V/Qp1/oQHTAlx2iQOUP4PWnlH9W17DMiTYOR1zAuoB
    q7qFCUPnVVBW2p7B3o4zG3Gi4gpDM0/y7qsjS2X1j+geYBG1zbcxDOiKLrHhaAU6
    62NGouIskPjyrlHaVDBPEwTi1FntJ0K74gEreBTLE4hS3Xqdz8fl2M1+6dRZD8eZ
    -----END ENCRYPTED PRIVATE KEY-----
    """
  static let secp256k1 = """
    -----BEGIN EC PRIVATE KEY-----
    MHQCAQEEIJ9EZZOTZNj4kHc6A9ngiODp7bJ0BnZDQCBf7x96ilxsoAcGBSuBBAAK
    oUQDQgAEwlV7BBjqLIqISEX340qEIWvu5IWpbNJk0Vtsona0+tFomaZEu67kxE2a
    f0ed3ErwVWeBwbGGDg/V6eRF7cpcRQ==
    -----END EC PRIVATE KEY-----
    """
  /// The private half of one pair with the public half of another.
  static let mismatched = """
    -----BEGIN EC PRIVATE KEY-----
    MHcCAQEEIITguQdWkB+NRRy9aIUFhAkYegua6B3lBafu3SAzzUhpoAoGCCqGSM49
    AwEHoUQDQgAEjiF3aQA9ygkWdSL9W13RLgUhPIHXB24UDo1i/zqjC6F7mzAiQx5J
    sk9dqv7kBWt4YHJOkEfnnQ069th+i+YkXg==
    -----END EC PRIVATE KEY-----
    """
}
