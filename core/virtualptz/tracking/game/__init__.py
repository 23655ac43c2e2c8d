"""A little basketball: ten bodies, a ball, and a script that plays with them."""
