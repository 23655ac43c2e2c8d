"""A picture looked at in pieces: small people are then large enough for the network."""
