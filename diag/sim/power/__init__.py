"""A terminal's power: battery, adapter, board."""
