"""The commands of `whimbrel`, one file each."""
