"""What goes into a student's cell: the kernel that runs their notebook, and a course package that judges nothing."""
