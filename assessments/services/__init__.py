"""Every write of the measuring: one function for each thing a person or the scheduler does."""
