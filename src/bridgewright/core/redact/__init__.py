"""What may leave: headers by allow-list, URLs, fields and values."""
