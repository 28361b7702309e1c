"""What a student is given: a zip a homework, which needs nothing of the book's folder and holds no other homework."""
