"""`python -m diag.cli` is `posdiag`."""

from diag.cli import main

main()
