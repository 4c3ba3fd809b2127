"""SQL text to statements: positions, the splitter, transaction control. Pure: no I/O."""
