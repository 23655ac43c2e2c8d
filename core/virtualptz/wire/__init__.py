"""The bodies of requests and answers, as both sides of the wire use them: the agent's routes and our client.

Unknown fields in a request are ignored: gateways add their own.
"""
