"""The command line, one file a command group."""

from diag.cli.app import main as main
