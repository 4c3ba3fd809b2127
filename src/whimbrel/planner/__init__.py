"""Files and state to a plan, a value: which files, in which mode, and why. Pure: no I/O."""
