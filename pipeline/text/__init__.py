"""What any wire text needs, whatever format it came in: decoding, cleaning, paragraphs, furniture, wire conventions."""
