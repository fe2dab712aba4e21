"""A server that fails in one chosen way: the fault is chosen by the port.

`fault` names the faults, `conduct` plays them, `answers` is what a provider says when nothing is
wrong, `journal` what arrived, `server` all of it on loopback.
"""
