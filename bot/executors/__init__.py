"""Where jobs are painted: one interface, several executors."""
