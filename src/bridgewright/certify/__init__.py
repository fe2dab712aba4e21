"""What a client or a webhook endpoint survives, and the certificate that says so.

`ask` is what a target is told and `target` what it is; `subject` runs it in a process of its own, of
which `cell` is the inside where it is Python; `trial` says what is done to it, `stage` does it, and
`observed` is what came of it. `check` and `checks` judge, `suite` plays all of it, `reports` say it.
"""
