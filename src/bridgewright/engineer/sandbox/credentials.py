"""Which files and folders hold credentials, by their names, whatever anybody's definition says.

A name is enough, for reading a file to find out would be reading it. The one exception is a `.pem`:
a bundle of certificates is public, and clients of the network do not start without theirs.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_EXAMPLE = re.compile(r"(?:^|[._-])(?:examples?|samples?|templates?|dist|defaults?)(?:$|[._-])")
_FILES = re.compile(
    r"\.env.*|.*\.env"
    r"|.*\.(?:pem|key|p12|pfx|jks|keystore|kdbx|ppk|ovpn|tfstate)(?:[.~-].*)?"
    r"|id_[a-z0-9_]*|id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?[.~-].*"
    r"|\.netrc|_netrc|\.npmrc|\.pypirc|\.pgpass|\.my\.cnf|\.mylogin\.cnf|\.boto|\.s3cfg|\.htpasswd"
    r"|\.git-credentials|\.dockercfg|\.vault-token|\.terraformrc|\.yarnrc\.yml"
    r"|auth\.json|credentials(?:\.(?:json|toml|ya?ml|ini|db))?|client_secrets?.*\.json"
    r"|service[_-]account.*\.json|application_default_credentials\.json|kubeconfig|.*\.kubeconfig"
    r"|\.(?:bash|zsh|python|psql|mysql|sqlite|node_repl)_history"
)
_FOLDERS = frozenset(
    ".ssh .aws .docker .gnupg .kube .azure .gcloud .oci .password-store .terraform.d .secrets .envs"
    " .env .bridgewright gh gcloud keyrings op".split()
)
_ONLY_BELOW = {"gh": ".config", "gcloud": ".config", "op": ".config", "keyrings": "share"}
"""Names that are ordinary elsewhere, and the folder in which they are not."""
_MOST_PEM_BYTES = 4 << 20
_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----")
_PUBLIC = frozenset(
    {b"CERTIFICATE", b"TRUSTED CERTIFICATE", b"X509 CRL", b"PUBLIC KEY", b"DH PARAMETERS"}
)
SYSTEM = (
    *(
        "/etc/shadow",
        "/etc/shadow-",
        "/etc/gshadow",
        "/etc/gshadow-",
        "/etc/sudoers",
        "/etc/sudoers.d",
    ),
    *(
        "/etc/ssh",
        "/etc/ssl/private",
        "/etc/pki/tls/private",
        "/etc/letsencrypt",
        "/etc/krb5.keytab",
    ),
    *(
        "/etc/docker",
        "/etc/kubernetes",
        "/etc/rancher",
        "/etc/wireguard",
        "/etc/openvpn",
        "/etc/ppp",
    ),
    *("/etc/NetworkManager", "/etc/ipsec.secrets", "/etc/mysql", "/etc/environment", "/etc/redis"),
    *(
        "/etc/postgresql",
        "/etc/rabbitmq",
        "/etc/mosquitto",
        "/etc/exim4",
        "/etc/postfix",
        "/etc/cron.d",
    ),
)
"""What holds credentials in /etc, or may: nothing that a program needs to start."""


def is_credential(name: str) -> bool:
    """Whether a file of this name holds a credential, as far as a name can say; an example, a template
    or a public key (`.env.example`, `id_rsa.pub`) holds none."""
    folded = name.casefold()
    if folded.endswith(".pub") or _EXAMPLE.search(folded):
        return False
    return _FILES.fullmatch(folded) is not None


def is_hidden(folder: Path) -> bool:
    """Whether a folder of this name is one of credentials; a virtual environment is none."""
    name = folder.name.casefold()
    if name not in _FOLDERS or os.path.isfile(folder / "pyvenv.cfg"):  # noqa: PTH113 - never raises
        return False
    return _ONLY_BELOW.get(name, folder.parent.name.casefold()) == folder.parent.name.casefold()


def is_public(path: Path) -> bool:
    """Whether a `.pem` has certificates and public keys in it and nothing else that it names."""
    if not path.name.casefold().endswith(".pem"):
        return False
    try:
        if path.stat().st_size > _MOST_PEM_BYTES:
            return False
        labels = _PEM.findall(path.read_bytes())
    except OSError:
        return False
    return bool(labels) and _PUBLIC.issuperset(labels)


def names_one(parts: Sequence[str]) -> bool:
    """Whether a path of these parts is a credential, or lies in a folder of them, by its words alone:
    nothing is looked at, so that a path which is not there yet is known too."""
    folded = [part.casefold() for part in parts]
    return any(
        is_credential(name) or (name in _FOLDERS and _ONLY_BELOW.get(name, above) == above)
        for above, name in zip(["", *folded], folded, strict=False)
    )
