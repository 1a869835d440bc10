"""A run as data: its events, its journal, its record, and the last look for card data."""
