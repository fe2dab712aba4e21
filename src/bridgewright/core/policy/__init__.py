"""Rules of outgoing calls: verdicts, budget, breaker, limiter, bulkhead, idempotency. Pure."""
