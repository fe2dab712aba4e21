"""Certificates of bare clients, official SDKs as they come, and every connector of ours.

Plays the whole suite of `bridgewright certify` on each and writes docs/certificates. Ends with 1 where
one of ours is not Gold.
"""
