"""The driver contract suite: every installed driver against bad peers, by what its room's `suite.py` declares.

    python -m pytest --pyargs diag.suite            all drivers
    python -m pytest --pyargs diag.suite -k scale   one driver

Needs pytest (`pip install posdiag[suite]`). docs/adding-a-driver.md describes what a room declares.
"""
