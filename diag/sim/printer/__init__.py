"""A receipt printer: thermal or impact, ESC/POS or Star, on a pseudo-terminal or a TCP port.

`machine` is the printer (paper, head, cutter, drawer, counters) and the person in front of it; `escpos` and `star` are
the two languages; `faults` says which faults can be shown; `wire` is the line with its speed and its troubles;
`snmp` and `ipp` are what a network printer answers beside that line.
"""
