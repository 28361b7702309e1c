"""What is asked, one module a homework: inputs, and the mistakes with their messages. The answers stand apart."""
