"""Simulated devices: processes of their own that speak the byte protocol and share no code with the drivers.

`python -m diag.sim.KIND [--fault CODE]... [--set KEY=VALUE]...` starts one, prints a JSON line that says where it is
(`{"at": …, "env": {…}}`), and serves until its standard input ends. `faults.json` beside a simulator holds the codes
that it can show, by settings, and the level of the checks that see them; `--list-faults` prints them. A line
{"prompt": …, "choices": […]} on its standard input asks the simulated person in front of the device; the answer comes
as {"answer": …}.

Another distribution names its simulators by entry points of the group `posdiag.simulators`, kind = package: a package
with `__main__.py`, which has a function `main`, and `faults.json`. It may use `diag.sim.process`.
"""
