"""Kills the service at every point of a job, and looks at what comes out."""
