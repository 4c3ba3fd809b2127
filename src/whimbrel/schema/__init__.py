"""What a schema is: the model of relations, types and functions, and how statements change it. Pure: no I/O."""
