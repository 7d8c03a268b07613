"""How a training goes: a command line comes in; a folder with checkpoints, metrics and the best bundle leaves."""
