"""How an answer is judged: it is called or read, compared with the right one, and what it shows is put into words."""
