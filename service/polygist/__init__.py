"""polygist: article text in, a structured summary and its translations out."""
