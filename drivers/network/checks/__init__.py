"""The checks, from the socket outwards."""
