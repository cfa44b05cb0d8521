"""Events whole: a record parsed and written without loss, two of them compared, many of them told as a story."""
