"""What is written into docs/ from the code: the reference and diagrams; and the site."""
