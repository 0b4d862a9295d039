"""What is kept of stock: the places there are, and what each source says of them."""
