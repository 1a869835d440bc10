"""The dialects: what is asked of a printer, and whose answer a byte is, once for each command language."""
