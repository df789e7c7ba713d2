"""What a strategy did: to whom, how sure that is, and every check that could sink the claim."""
