"""The pool: its members, their lines, the limits of the law, and what each of them pays."""
