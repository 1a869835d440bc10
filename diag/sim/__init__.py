"""Simulated devices: processes of their own that speak the byte protocol and share no code with the drivers.

`python -m diag.sim.KIND [--fault CODE]... [--set KEY=VALUE]...` starts one, prints a JSON line that says where it is
(`{"at": …, "env": {…}}`), and serves until its standard input ends. `--list-faults` prints the codes it can show.
"""
