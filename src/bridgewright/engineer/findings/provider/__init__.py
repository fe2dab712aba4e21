"""What a provider takes and gives, by the slice of its specification that is pinned."""
