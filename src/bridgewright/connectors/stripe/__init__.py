"""Stripe: payments and billing."""
