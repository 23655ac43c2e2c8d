"""Every call that an agent answers, as values; both clients make their methods of these."""
