"""What we claim about speed, measured: peers and us in one run, as ratios."""
