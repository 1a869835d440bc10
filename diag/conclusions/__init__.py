"""From what was observed to what has failed, and to the next step."""
