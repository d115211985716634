"""What a person or a machine touches: HTTP, command line, reports."""
