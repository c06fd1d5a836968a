"""Numbers as languages write them: digits and their marks, number words, months. Knows no article and no model."""
