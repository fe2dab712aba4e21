"""An application's models as fields that can be compared, whichever library they are written in."""
