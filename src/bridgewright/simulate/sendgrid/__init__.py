"""A SendGrid that takes mail, suppresses, keeps templates, and tells of deliveries by signed batches.
Shapes after SendGrid's API reference and its pages of errors and of events, as read 2026-11."""
