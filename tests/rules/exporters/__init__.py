"""What facts look like as records."""
