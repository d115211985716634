"""Premium principles: what risks are, and what each principle asks for one."""
