"""The generated parts of the documentation, made from the code they describe."""
