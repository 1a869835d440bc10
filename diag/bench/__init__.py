"""This computer as a workbench: whether it is fit, udev rules, simulated terminals."""
