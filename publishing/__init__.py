"""What is made of the built book for other places: a host of static files, a PDF, an EPUB.

Nothing here is needed to read or to build the book; `gmm_lib` and `gmm_course` know nothing of it.
"""
