"""The words everything else is written in: frozen values, no behaviour beyond reading themselves."""
