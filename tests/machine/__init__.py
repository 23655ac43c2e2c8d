"""The systemd unit on a machine of its own, which `scripts/machine` makes."""
