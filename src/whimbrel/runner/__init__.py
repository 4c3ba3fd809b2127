"""Doing a plan on one database: a file in its mode, what happened, stopping between files."""
