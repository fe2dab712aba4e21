"""Slack on loopback: a workspace with its Web API, incoming webhooks, events, commands and
interactions."""
