"""Buck2's normal event logs in protobuf, read as the JSON lines that Buck2 prints of them."""
