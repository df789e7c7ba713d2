"""What a Signal means, with no pixel in it: the action units in words and the table of expressions."""
