"""Benchmarks: each prints what was measured side by side, and a ratio. Nothing is asserted.

python -m tests.bench.help · tests.bench.printer · tests.bench.parallel · tests.bench.mute
python -m tests.bench.engine [--openhtf]
"""
