"""The schema's history: a table changes by a new file in `versions`, never by editing one."""
