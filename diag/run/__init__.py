"""One run: workers that carry out a plan."""
