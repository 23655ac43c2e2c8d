"""Inside a job's own process: from source to program, and the socket that the agent talks to."""
