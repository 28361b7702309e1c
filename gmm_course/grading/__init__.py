"""The homework's notebooks: nbgrader's metadata, the student versions, and a class graded from end to end."""
