"""Amazon Web Services: every service that boto3 knows, on the bridge's engine."""
