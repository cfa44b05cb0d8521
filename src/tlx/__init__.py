"""tlx: a keyboard-driven terminal explorer for telemetry event logs.

The floors, from the top; an import only ever points down:

    cli, tui             two heads: commands that print, and the screen
    session   query      load logs into the store; questions put to the store
    reader  dialects  store
                         bytes to lines; what a line means; events in DuckDB
    model  units  config the words, the printing of numbers, the settings

`demo` writes believable logs and stands beside them: nothing reads it.
"""

__version__ = "0.1.0"
