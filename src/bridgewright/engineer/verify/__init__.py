"""Whether work on an integration is as its definition wants it, found out mechanically.

`repository` reads git, `history`, `secrecy`, `resilience`, `mutation`, `evidence` and `reported` each judge
one thing, `attestation` carries what takes long from one machine to another, and `verdict` puts it all
together. Nothing that the work says of itself is believed: it is run again, or signed by a key that the
work has no access to.
"""
