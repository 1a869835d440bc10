"""A bench supply or meter that feeds the terminal, over SCPI."""

from drivers.bench_supply.driver import BenchSupply

__all__ = ["DRIVER"]

DRIVER = BenchSupply
