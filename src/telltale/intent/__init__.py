"""Who is about to buy: models, training, judgement, stream."""
