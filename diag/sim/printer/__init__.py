"""A receipt printer: thermal or impact, ESC/POS or Star, on a pseudo-terminal or a TCP port.

`machine` is the thing itself (paper, head, cutter, drawer, counters, faults) and the person in front of it; `escpos`
and `star` are the two languages; `wire` is the line with its speed and its troubles.
"""
