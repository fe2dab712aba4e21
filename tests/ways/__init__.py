"""How each provider signs, for the suites that run over all of them. One module for each provider:
`WAYS` says how test keys and deliveries are made, `VECTORS` holds what somebody else signed."""
