"""A Twilio that keeps messages, calls, numbers and verifications in memory, and tells of them by signed
callbacks. Shapes after Twilio's API reference and its page of error codes, as read 2026-11."""
