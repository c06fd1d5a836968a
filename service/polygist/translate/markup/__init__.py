"""Text with markup: HTML and Markdown whose text alone is translated; every tag, link and line of code stays."""
