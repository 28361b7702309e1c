"""The EM stepper."""
