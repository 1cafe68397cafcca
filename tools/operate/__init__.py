"""What an operator runs, against a stack on this machine or on AWS."""
