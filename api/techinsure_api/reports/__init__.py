"""Reports as files: pictures, tables for spreadsheets, and one page that needs nothing else."""
