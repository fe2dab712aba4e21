"""A Stripe that keeps customers, payments, refunds and events in memory, and every promise of its
idempotency keys. Shapes after Stripe's API reference, as read 2026-11."""
