"""The journeys: receive, work, operate; and below them the drivers that perform their effects."""
