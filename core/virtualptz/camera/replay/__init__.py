"""Drawing a camera's path again from a log, as often and with as many settings as one likes."""
