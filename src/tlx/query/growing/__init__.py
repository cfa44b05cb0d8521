"""Answers for a store that grows, which look only at what has come since the last one."""
