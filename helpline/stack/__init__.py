"""The composition roots of the processes, and the supervisor that starts them all."""
