"""Who may come in, and what they may do there: tokens, accounts, roles, limits, headers."""
