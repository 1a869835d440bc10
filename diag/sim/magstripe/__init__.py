"""Simulated stripe readers: text, ID TECH and MSR605 on a line, a wedge on uinput, MagTek's reports on uhid."""
