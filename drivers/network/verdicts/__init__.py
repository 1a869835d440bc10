"""What the answers of the network mean: which link is broken, and what stays open."""
