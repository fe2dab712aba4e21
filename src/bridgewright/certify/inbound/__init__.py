"""The checks of what receives webhooks: signed deliveries, honest and not, and the effects they had."""
