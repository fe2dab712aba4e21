"""SendGrid: mail, templates, contacts, suppressions."""
