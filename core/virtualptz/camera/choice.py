"""Which policy moves the camera."""


def policy_for(asked: str, lookahead_seconds: float) -> str:
    """The policy's name: `auto` is the best one for what is known of the future."""
    if asked != "auto":
        return asked
    return "lookahead" if lookahead_seconds > 0 else "spring"
