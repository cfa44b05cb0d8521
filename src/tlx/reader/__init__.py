"""Bytes to lines: opens logs, decompresses them and cuts them into chunks of whole lines."""
