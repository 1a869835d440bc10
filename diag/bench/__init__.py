"""This computer as a workbench: its fitness, udev rules, simulated terminals."""
