"""Pool runs on disk: what an answer calls stored is there after a restart, whole or not at all."""
