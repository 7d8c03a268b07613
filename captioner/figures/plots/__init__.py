"""Plots: numbers come in; a PNG of lines and points leaves."""
